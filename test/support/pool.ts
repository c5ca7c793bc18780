// Throw-away pools for real containers, for tests, the demo and benchmarks. Everything is synchronous, so that it can be undone while the process exits.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeTemplate } from "./busybox.ts";

export type PoolKind = "btrfs" | "overlay";

export interface TestPool {
  readonly kind: PoolKind;
  /** Where all of it lies. */
  readonly folder: string;
  /** What lxc.path is set to; exists, and is empty. */
  readonly path: string;
  /** A folder with a busybox rootfs: sh, tar, timeout, httpd and all other applets; an init that stops at once when asked. */
  readonly template: string;
  /** A new, empty folder of the host. */
  readonly hostFolder: () => string;
  /** Ends every container of the pool and takes everything away. Can be called again. */
  readonly dispose: () => void;
}

const prefix = "phoenix-pool-";
const keptPrefix = "phoenix-kept-pool-";
const makers: Readonly<Record<PoolKind, readonly string[]>> = {
  btrfs: ["mkfs.btrfs", "-q", "-m", "single"],
  // Overlay wants a file system that can lie above; what /tmp is made of is not known, so this brings its own.
  overlay: ["mkfs.ext4", "-q", "-O", "^has_journal"],
};

/** Why no containers can run here, in a few words; null when they can. */
export function whyNoContainers(): string | null {
  if (process.getuid?.() !== 0) return "not root";
  for (const tool of ["lxc-start", "btrfs", "mkfs.btrfs", "mkfs.ext4", "busybox"]) {
    if (!["/usr/bin", "/usr/sbin", "/bin", "/sbin"].some((folder) => existsSync(join(folder, tool)))) return `no ${tool}`;
  }
  if (!existsSync("/dev/loop-control")) return "no loop devices";
  return null;
}

/**
 * Makes a pool on a file system of its own in a temporary folder. It is taken away by dispose, and also when the process
 * exits or is ended by any signal, SIGKILL too. A kept one stays until takeAway.
 */
export function makePool(kind: PoolKind = "btrfs", size = "2G", life: "process" | "kept" = "process"): TestPool {
  sweepOrphans();
  const folder = mkdtempSync(join(tmpdir(), life === "kept" ? keptPrefix : `${prefix}${process.pid}-`));
  const dispose = () => {
    undo.delete(dispose);
    takeAway(folder);
  };
  if (life === "process") {
    undo.add(dispose);
    watchExit();
    watchDeath(folder);
  }
  try {
    const mount = join(folder, "mnt");
    const image = join(folder, "image");
    mkdirSync(mount);
    writeFileSync(image, "");
    truncateSync(image, bytesOf(size));
    const [maker = "", ...options] = makers[kind];
    tool(maker, ...options, image);
    tool("mount", "-o", "loop,noatime", image, mount);
    const path = join(mount, "lxc");
    mkdirSync(path);
    const template = join(mount, "template");
    makeTemplate(template);
    let folders = 0;
    const hostFolder = () => {
      const made = join(folder, `host-${(folders += 1)}`);
      mkdirSync(made);
      return made;
    };
    return { kind, folder, path, template, hostFolder, dispose };
  } catch (thrown) {
    dispose();
    throw thrown;
  }
}

/** Does something with a pool that is there for just that time. */
export async function withPool<T>(work: (pool: TestPool) => Promise<T>, kind: PoolKind = "btrfs"): Promise<T> {
  const pool = makePool(kind);
  try {
    return await work(pool);
  } finally {
    pool.dispose();
  }
}

/** Kills every container of a lxcpath, and waits until they are gone. */
export function endContainers(path: string): void {
  for (const ctid of awake(path)) spawnSync("lxc-stop", ["-P", path, "-n", ctid, "-k"]); // one that goes by itself meanwhile is as good
  const deadline = Date.now() + 10_000;
  while (awake(path).length > 0 && Date.now() < deadline) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
}

const undo = new Set<() => void>();
let watching = false;

function watchExit(): void {
  if (watching) return;
  watching = true;
  const undoAll = () => {
    for (const each of Array.from(undo)) each();
  };
  process.once("exit", undoAll);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      undoAll();
      // Our own handler is gone; others, or the signal's own effect, have the rest.
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    });
  }
}

/** Some ends leave no time (SIGKILL, and how jest ends its workers): a process of its own waits for ours to end. It has nothing to do after a dispose. */
function watchDeath(folder: string): void {
  const script = `tail --pid="$1" -f /dev/null; cd "$2" 2>/dev/null || exit 0
    for home in mnt/lxc/[0-9]*; do lxc-stop -P "$2/mnt/lxc" -n "\${home##*/}" -k; done
    for try in 1 2 3 4 5 6 7 8 9; do mountpoint -q mnt || break; umount mnt || sleep 0.2; done
    mountpoint -q mnt || rm -rf --one-file-system "$2"`;
  spawn("sh", ["-c", script, "sh", String(process.pid), folder], { detached: true, stdio: "ignore", cwd: "/" }).unref();
}

/** Takes away the pools of processes that are no more, where even that was prevented. */
function sweepOrphans(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    try {
      takeAway(join(tmpdir(), name));
    } catch {
      // it is being taken away
    }
  }
}

/** Ends the containers of a pool and takes it away, given its folder; for pools that outlive their maker. */
export function takeAway(folder: string): void {
  const mount = join(folder, "mnt");
  endContainers(join(mount, "lxc"));
  if (readFileSync("/proc/mounts", "utf8").includes(` ${mount} `)) unmount(mount);
  if (existsSync(mount)) rmdirSync(mount); // fails when it is still mounted: nothing in it may be deleted one by one
  rmSync(folder, { recursive: true, force: true });
}

/** The mount namespaces of containers that are going hold the file system for some moments. */
function unmount(mount: string): void {
  for (let tries = 100; ; tries -= 1) {
    try {
      tool("umount", ...(tries === 0 ? ["-l"] : []), mount);
      return;
    } catch (thrown) {
      if (tries === 0) throw thrown;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

function awake(path: string): readonly string[] {
  const rows = readFileSync("/proc/net/unix", "utf8").split("\n");
  const start = ` @${path}/`;
  return [
    ...new Set(
      rows
        .filter((row) => row.includes(start) && row.endsWith("/command"))
        .map((row) => row.slice(row.indexOf(start) + start.length, -"/command".length)),
    ),
  ];
}

function bytesOf(size: string): number {
  return Number.parseInt(size, 10) * (size.endsWith("G") ? 1024 ** 3 : 1024 ** 2);
}

function tool(file: string, ...args: readonly string[]): string {
  return execFileSync(file, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}
