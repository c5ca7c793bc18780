import { randomBytes } from "node:crypto";
import { isAbsolute, join, normalize } from "node:path";
import type { Ctid } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";

/** LXC names its command socket by the path, and a socket's name has 107 bytes at most. */
const longestPool = 80;

/**
 * Where things lie. A tree is a folder with `rootfs` and `volumes/…` in it: the live one, and one for each snapshot. Which
 * of the folders in `live` is the live tree is said by the config alone, so that replacing the config (one rename)
 * changes root file system and settings together.
 */
export interface Pool {
  readonly path: string;
  /** Unpacked templates, each under the hash of what it was made from. */
  readonly templates: string;
  /** Containers that are being made. */
  readonly making: string;
  /** Commands that are under way, inside and on the host. */
  readonly scripts: string;
}

export interface Home {
  readonly ctid: Ctid;
  readonly folder: string;
  readonly config: string;
  readonly index: string;
  readonly locked: string;
  readonly live: string;
  readonly snaps: string;
  /** Data volumes that snapshots leave alone. */
  readonly volumes: string;
  readonly log: string;
  readonly resolv: string;
  /** There while we have frozen it, so that a later life of the agent thaws it. */
  readonly frozen: string;
}

/** Takes lxc.path of the settings; Fault INVALID when LXC could not work with it. */
export function poolAt(path: string): Pool {
  const clean = normalize(path).replace(/\/$/, "");
  const bad = !isAbsolute(clean)
    ? "it has to be absolute"
    : clean.length > longestPool
      ? `it has ${clean.length} characters, at most ${longestPool} can be`
      : /^[\w/.@+-]+$/.test(clean)
        ? null
        : "only letters, digits and / . _ @ + - can be in it";
  if (bad !== null) throw new Fault("INVALID", `lxc.path ${JSON.stringify(path)}: ${bad}`, "Set lxc.path in agent.yaml to another folder.");
  return { path: clean, templates: join(clean, ".templates"), making: join(clean, ".making"), scripts: join(clean, ".scripts") };
}

/** The places of a container; `folder` is another one while it is being made. */
export function homeOf(pool: Pool, ctid: Ctid, folder: string = join(pool.path, String(ctid))): Home {
  const at = (name: string) => join(folder, name);
  return {
    ctid,
    folder,
    config: at("config"),
    index: at("snapshots.json"),
    locked: at("locked"),
    live: at("live"),
    snaps: at("snaps"),
    volumes: at("volumes"),
    log: at("lxc.log"),
    resolv: at("resolv.conf"),
    frozen: at("frozen"),
  };
}

/** A name for something that is stored, never used twice. */
export function freshId(): string {
  return randomBytes(8).toString("hex");
}
