// A root file system to throw away, in which dpkg does what it likes.
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

/** A file that every such root has, and no machine: nothing is done where it is missing. */
const mark = "/.to-throw-away";

/** Prepares the new root in `root`, a mount, given a folder to work in as $1. All mounts are in a namespace of their own. */
export type Ground = string;

/** A copy of this machine's, without its packages. Changes go to memory. */
const copy: Ground = `mount -t tmpfs tmpfs "$1"
cd "$1"
mkdir upper work root
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" root
mount -t tmpfs tmpfs root/var/lib/dpkg
mkdir root/var/lib/dpkg/info root/var/lib/dpkg/updates
: >root/var/lib/dpkg/status`;

/** All processes are in a namespace too: the end of the one that holds it is theirs. Not chroot, in which LXC does not run. */
const holder = (ground: Ground) => `set -e
{
${ground}
} >&2
: >root${mark}
mount -t proc proc root/proc
mount --rbind /dev root/dev
mount --rbind /sys root/sys
mount -t tmpfs tmpfs root/run
mkdir -p root/.machine
cd root
pivot_root . .machine
if command -v umount >/dev/null; then umount -l /.machine; fi
echo ready
cat >/dev/null
exit # so that the shell stays, which takes up what its children leave`;

/** It ends with this process too, whatever ends that: then nobody writes to its stdin any more. */
export async function makeRoot(ground: Ground = copy): Promise<Root> {
  const folder = newFolder();
  const child = spawn("unshare", held(folder, ground), { stdio: ["pipe", "pipe", "pipe"] });
  const ended = new Promise<void>((done) => child.once("close", () => done()));
  const dispose = async () => {
    child.stdin.end();
    await ended;
    rmdirSync(folder);
  };
  let problem = "";
  child.stderr.on("data", (chunk: Buffer) => (problem += chunk.toString()));
  const ready = new Promise<boolean>((done) => {
    child.stdout.once("data", () => done(true)); // all else that is printed goes to stderr
    child.once("close", () => done(false));
  });
  const at = (path: string) => join(`/proc/${child.pid}/root`, path);
  if (!(await ready) || !existsSync(at(mark))) {
    await dispose();
    throw new Error(problem.trim());
  }
  const inside = ["-t", String(child.pid), "--mount", `--pid=/proc/${child.pid}/ns/pid_for_children`];
  const env = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: "/root",
    LC_ALL: "C.UTF-8",
    DEBIAN_FRONTEND: "noninteractive",
  };
  const sh = (command: string): Said => {
    const { status, stdout, stderr } = spawnSync("nsenter", [...inside, "sh", "-c", `[ -e ${mark} ] || exit 99; ${command}`], {
      encoding: "utf8",
      env,
    });
    return { code: status, out: stdout, err: stderr };
  };
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
  const { status, stderr } = spawnSync("unshare", held(folder, copy), { input: "", encoding: "utf8" });
  rmdirSync(folder);
  return status === 0 ? null : (stderr.trim().split("\n").at(-1) ?? "");
}

const newFolder = () => mkdtempSync(join(tmpdir(), "phoenix-root-"));
const held = (folder: string, ground: Ground) => ["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", holder(ground), "sh", folder];
