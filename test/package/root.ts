// A throwaway copy of this machine's root file system, in which dpkg knows of no package and does what it likes.
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Root {
  /** Where a file of it can be reached from outside. */
  readonly at: (path: string) => string;
  /** Writes a file, with the folders that it needs. */
  readonly write: (path: string, text: string, mode?: number) => void;
  /** Runs a shell command in it, to its end. */
  readonly sh: (command: string) => Said;
  /** The output of a shell command; throws where it fails. */
  readonly get: (command: string) => string;
  /** Ends everything that runs in it, and leaves nothing. */
  readonly dispose: () => Promise<void>;
}

/** Changes go to memory. All mounts are in a namespace of their own, and all processes too: the end of the one that holds it is theirs. */
const holder = `set -e
mount -t tmpfs tmpfs "$1"
cd "$1"
mkdir upper work root
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" root
mount -t proc proc root/proc
mount --bind /dev root/dev
mount -t tmpfs tmpfs root/run
mount -t tmpfs tmpfs root/var/lib/dpkg
mkdir root/var/lib/dpkg/info root/var/lib/dpkg/updates
: >root/var/lib/dpkg/status
echo ready
cat >/dev/null`;

/** It ends with this process too, whatever ends that: then nobody writes to its stdin any more. */
export async function makeRoot(): Promise<Root> {
  const folder = newFolder();
  const child = spawn("unshare", held(folder), { stdio: ["pipe", "pipe", "pipe"] });
  const ended = new Promise<void>((done) => child.once("close", () => done()));
  const dispose = async () => {
    child.stdin.end();
    await ended;
    rmdirSync(folder);
  };
  let problem = "";
  child.stderr.on("data", (chunk: Buffer) => (problem += chunk.toString()));
  const ready = new Promise<boolean>((done) => {
    child.stdout.once("data", () => done(true));
    child.once("close", () => done(false));
  });
  if (!(await ready)) {
    await dispose();
    throw new Error(problem.trim());
  }
  const inside = ["-t", String(child.pid), "--mount", `--pid=/proc/${child.pid}/ns/pid_for_children`, "chroot", join(folder, "root")];
  const env = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    LC_ALL: "C.UTF-8",
    DEBIAN_FRONTEND: "noninteractive",
  };
  const sh = (command: string): Said => {
    const { status, stdout, stderr } = spawnSync("nsenter", [...inside, "sh", "-c", command], { encoding: "utf8", env });
    return { code: status, out: stdout, err: stderr };
  };
  const at = (path: string) => join(`/proc/${child.pid}/root`, folder, "root", path);
  return {
    at,
    write(path, text, mode = 0o644) {
      mkdirSync(dirname(at(path)), { recursive: true });
      writeFileSync(at(path), text);
      chmodSync(at(path), mode);
    },
    sh,
    get(command) {
      const { code, out, err } = sh(command);
      if (code !== 0) throw new Error(`${command}: exit code ${code}: ${out}${err}`);
      return out;
    },
    dispose,
  };
}

/** Why there can be no such root here, in a few words; null when there can. */
export function whyNoRoot(): string | null {
  if (process.getuid?.() !== 0) return "not root";
  for (const tool of ["dpkg", "unshare", "nsenter", "deb-systemd-helper", "systemd-analyze"])
    if (!existsSync(join("/usr/bin", tool))) return `no ${tool}`;
  const folder = newFolder();
  const { status, stderr } = spawnSync("unshare", held(folder), { input: "", encoding: "utf8" });
  rmdirSync(folder);
  return status === 0 ? null : (stderr.trim().split("\n").at(-1) ?? "");
}

const newFolder = () => mkdtempSync(join(tmpdir(), "phoenix-root-"));
const held = (folder: string) => ["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", holder, "sh", folder];
