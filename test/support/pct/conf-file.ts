import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatConf, parseConf, type Conf } from "./conf.ts";
import { Die, err } from "./output.ts";
import type { PctWorld } from "./world-file.ts";

function path(world: PctWorld, vmid: string): string {
  return join(world.config_dir, `${vmid}.conf`);
}

/** The ids of all containers, ascending. */
export function containers(world: PctWorld): string[] {
  const ids = readdirSync(world.config_dir).flatMap((name) => /^(\d+)\.conf$/.exec(name)?.[1] ?? []);
  return ids.sort((a, b) => Number(a) - Number(b));
}

/** True when a container of that id exists. */
export function hasConf(world: PctWorld, vmid: string): boolean {
  return existsSync(path(world, vmid));
}

/** Reads a container's configuration, warning of what is wrong in it. The exit code differs inside a task and outside. */
export function loadConf(world: PctWorld, vmid: string, missing: 2 | 255 = 2): Conf {
  if (!hasConf(world, vmid)) throw new Die(`Configuration file 'nodes/${world.node}/lxc/${vmid}.conf' does not exist`, missing);
  const { conf, warnings } = parseConf(vmid, readFileSync(path(world, vmid), "utf8"));
  err(warnings.join(""));
  return conf;
}

/** Replaces a container's configuration, never leaving half of it to a reader. */
export function saveConf(world: PctWorld, vmid: string, conf: Conf): void {
  mkdirSync(world.config_dir, { recursive: true });
  const draft = `${path(world, vmid)}.tmp.${process.pid}`;
  writeFileSync(draft, formatConf(conf), { mode: 0o640 });
  renameSync(draft, path(world, vmid));
}

/** Makes the container unknown. */
export function removeConf(world: PctWorld, vmid: string): void {
  rmSync(path(world, vmid), { force: true });
}

/** Dies when a `lock:` stands in the configuration (section "locks"). */
export function checkLock(conf: Conf): void {
  const lock = conf.values["lock"];
  if (lock !== undefined) throw new Die(`CT is locked (${lock})`);
}
