import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makePool, type TestPool } from "../pool.ts";
import { executable, useServer } from "./executable.ts";
import { storageCfg } from "./storage-cfg.ts";
import { seedContainer } from "./seed.ts";
import type { PctWorld } from "./world-file.ts";

export interface PctResult {
  readonly exit_code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CallHow {
  readonly stdin?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Is told the process id. */
  readonly onStart?: (pid: number) => void;
  /** Is told what the call prints, on either stream, as it comes. */
  readonly onOutput?: (text: string) => void;
}

export type PctChanges = Partial<Pick<PctWorld, "node" | "pve" | "bridges" | "lock_timeout_s" | "latency">>;

/** A Proxmox of one's own, for one test. Beside its `pct` lies a `zfs` for its pool (test/support/zfs.pl). */
export interface TestPct {
  /** Executables for this world: nothing has to be in the environment. */
  readonly pct: string;
  readonly pvesh: string;
  /** For those who call test/support/pct/pct itself. */
  readonly env: Readonly<Record<string, string>>;
  readonly world: PctWorld;
  /** What `pct create` can make a container from; a busybox. */
  readonly template: string;
  readonly pool: TestPool;
  /** Calls `pct`, or another program of this world by its name. The environment of the call is `env` alone, where it is given. */
  readonly call: (argv: readonly string[], how?: CallHow) => Promise<PctResult>;
  /** Changes the world for later calls. */
  readonly configure: (changes: PctChanges) => void;
  /** The bytes of N.conf. */
  readonly conf: (vmid: number | string) => string;
  /** Makes the container that a text of N.conf describes, with its volumes and their snapshots; the volumes have the template in them. */
  readonly seed: (vmid: number | string, conf: string) => void;
  /** Ends all containers and takes everything away. */
  readonly dispose: () => void;
}

let archive: Buffer | null = null;

/** A busybox rootfs as the archive that it would be on Proxmox. It is the same in every pool, and most of the time that a world takes to make. */
function writeTemplate(pool: TestPool, file: string): void {
  archive ??= archived(pool.template);
  writeFileSync(file, archive);
}

function archived(folder: string): Buffer {
  const { status, stdout, stderr } = spawnSync("tar", ["-C", folder, "-I", "gzip -1", "-c", "."], { maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`tar failed: ${stderr.toString()}`);
  return stdout;
}

function call(argv: readonly string[], how: CallHow): Promise<PctResult> {
  const [file = "", ...args] = argv;
  const child = spawn(file, args, { env: how.env ?? process.env });
  if (child.pid !== undefined) how.onStart?.(child.pid);
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].on("data", (data: Buffer) => {
      texts[name] += data.toString("utf8");
      how.onOutput?.(data.toString("utf8"));
    });
  }
  child.stdin.on("error", () => {}); // a call may end before it has read its input
  child.stdin.end(how.stdin ?? "");
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ exit_code: code ?? -1, ...texts }));
  });
}

/**
 * Makes a world with the storages `btr` (btrfs), `plaindir` (dir), `zp` (ZFS, simulated) and `local` (templates, snippets),
 * on a pool of its own, and no container. Must be disposed of.
 */
export function makePct(changes: PctChanges = {}): TestPct {
  const pool = makePool("btrfs");
  const root = dirname(pool.path);
  // The root of an unprivileged container has to get through to its files.
  for (const folder of [dirname(root), root, pool.path]) chmodSync(folder, 0o711);
  const folder = (...names: string[]): string => {
    const path = join(root, ...names);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const world: PctWorld = {
    node: "pve",
    pve: 8,
    bridges: ["vmbr0"],
    lock_timeout_s: 10,
    latency: 0,
    ...changes,
    config_dir: folder("pve"),
    lock_dir: join(folder("lock"), "lxc"),
    lxc_path: pool.path,
    storage_cfg: join(root, "storage.cfg"),
  };
  writeFileSync(
    world.storage_cfg,
    storageCfg({ btr: folder("btr"), plaindir: folder("plaindir"), zp: folder("tank"), local: folder("local") }),
  );
  const cache = folder("local", "template", "cache");
  folder("local", "snippets");
  writeTemplate(pool, join(cache, "busybox_1.0_amd64.tar.gz"));
  const file = join(root, "world.json");
  const configure = (more: PctChanges): void => writeFileSync(file, JSON.stringify({ ...world, ...more }, null, 2));
  configure({});
  const bin = folder("bin");
  const zfs = join(import.meta.dirname, "../zfs.pl");
  writeFileSync(join(bin, "zfs"), `#!/bin/sh\nexec perl '${zfs}' '${join(root, "tank")}' "$@"\n`, { mode: 0o755 });
  const server = useServer();
  for (const name of ["pct", "pvesh"]) writeFileSync(join(bin, name), executable(name, file, server.socket), { mode: 0o755 });
  return {
    pct: join(bin, "pct"),
    pvesh: join(bin, "pvesh"),
    env: { PHOENIX_PCT_WORLD: file },
    world,
    template: "local:vztmpl/busybox_1.0_amd64.tar.gz",
    pool,
    call: ([name = "", ...args], how = {}) => call([["pct", "pvesh"].includes(name) ? join(bin, name) : name, ...args], how),
    configure,
    conf: (vmid) => readFileSync(join(world.config_dir, `${vmid}.conf`), "utf8"),
    seed: (vmid, conf) => seedContainer(world, pool.template, String(vmid), conf),
    dispose: () => {
      pool.dispose();
      server.release();
    },
  };
}
