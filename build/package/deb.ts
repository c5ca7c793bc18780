import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { fail } from "../run.ts";

/** A file of a package. */
export interface PackagedFile {
  /** Where it lands, without the first "/". */
  readonly path: string;
  readonly content: Uint8Array | string;
  readonly mode: number;
}

/** What becomes a .deb. */
export interface Package {
  readonly name: string;
  readonly version: string;
  /** The fields of the control file that are this package's own, in order. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly files: readonly PackagedFile[];
  /** postinst and the like. */
  readonly scripts: Readonly<Record<string, string>>;
}

/** A file as Debian wants what it compresses: with the best compression, and no name or time of its own. */
export function gzipped(text: string): Uint8Array {
  return gzipSync(text, { level: 9 });
}

/** The control file. Its Installed-Size is in KiB, as dpkg counts it. */
export function controlFile({ name, version, fields, files }: Package): string {
  const size = files.reduce((sum, { content }) => sum + Math.ceil(Buffer.byteLength(content) / 1024), 0);
  const all = [["Package", name], ["Version", version], ["Architecture", "amd64"], ...fields, ["Installed-Size", String(size)]] as const;
  const order = (field: string) => (field === "Description" ? 1 : 0);
  return `${all
    .toSorted(([a], [b]) => order(a) - order(b))
    .map(([field, value]) => `${field}: ${value}`)
    .join("\n")}\n`;
}

/** The sums by which `dpkg --verify` sees what was changed since. */
export function md5sums(files: readonly PackagedFile[]): string {
  const sum = ({ content }: PackagedFile) => createHash("md5").update(content).digest("hex");
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return sorted.map((file) => `${sum(file)}  ${file.path}\n`).join("");
}

/** zstd would be quicker, and the lintian of Debian 12 does not know it. With threads, the bytes would depend on how many there are. */
const compression = ["-Zxz", "-z1", "--threads-max=1"];

/** Writes NAME_VERSION_amd64.deb into a folder and gives its path. The same input gives the same bytes; `epoch` is seconds since 1970. */
export function makeDeb(made: Package, folder: string, work: string, epoch: number): string {
  const root = join(work, made.name);
  rmSync(root, { recursive: true, force: true });
  const put = (path: string, content: Uint8Array | string, mode: number) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
    chmodSync(join(root, path), mode);
  };
  for (const { path, content, mode } of made.files) put(path, content, mode);
  put("DEBIAN/control", controlFile(made), 0o644);
  put("DEBIAN/md5sums", md5sums(made.files), 0o644);
  for (const [name, text] of Object.entries(made.scripts)) put(`DEBIAN/${name}`, text, 0o755);
  openFolders(root);
  const deb = join(folder, `${made.name}_${made.version}_amd64.deb`);
  const result = spawnSync("dpkg-deb", ["--root-owner-group", ...compression, "--build", root, deb], {
    encoding: "utf8",
    // Times later than this become this, and all are.
    env: { ...process.env, SOURCE_DATE_EPOCH: String(epoch), LC_ALL: "C.UTF-8" },
  });
  if (result.status !== 0) fail(`dpkg-deb failed for ${made.name}: ${result.error?.message ?? result.stderr.trim()}`);
  rmSync(root, { recursive: true, force: true });
  return deb;
}

/** Whatever umask the folders were made under. */
function openFolders(folder: string): void {
  chmodSync(folder, 0o755);
  for (const name of readdirSync(folder)) if (statSync(join(folder, name)).isDirectory()) openFolders(join(folder, name));
}

/** A file of the checkout. */
export function from(source: string, path: string, mode = 0o644): PackagedFile {
  return { path, content: readFileSync(source), mode };
}
