import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../run.ts";
import { layOut, type PackagedFile, type Workshop } from "./tree.ts";

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
const compressions = { xz: ["-Zxz", "-z1", "--threads-max=1"], none: ["-Znone"] } as const;

/** Writes NAME_VERSION_amd64.deb and gives its path. The same input gives the same bytes. */
export function makeDeb(made: Package, { out, work, epoch }: Workshop, compression: keyof typeof compressions = "xz"): string {
  const root = join(work, made.name);
  const control: PackagedFile[] = [
    { path: "DEBIAN/control", content: controlFile(made), mode: 0o644 },
    { path: "DEBIAN/md5sums", content: md5sums(made.files), mode: 0o644 },
    ...Object.entries(made.scripts).map(([name, content]) => ({ path: `DEBIAN/${name}`, content, mode: 0o755 })),
  ];
  layOut(root, [...made.files, ...control], epoch);
  const deb = join(out, `${made.name}_${made.version}_amd64.deb`);
  const result = spawnSync("dpkg-deb", ["--root-owner-group", ...compressions[compression], "--build", root, deb], {
    encoding: "utf8",
    // The time of the archive itself.
    env: { ...process.env, SOURCE_DATE_EPOCH: String(epoch), LC_ALL: "C.UTF-8" },
  });
  if (result.status !== 0) fail(`dpkg-deb failed for ${made.name}: ${result.error?.message ?? result.stderr.trim()}`);
  rmSync(root, { recursive: true });
  return deb;
}
