import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseConf, type Conf, type Section } from "./conf.ts";
import { shiftOwners } from "./owners.ts";
import { volume } from "./storage.ts";
import { allocate, canSnapshot, snapshotVolume } from "./volume-store.ts";
import { mounts, parseProperties, parseSize, volumeIds } from "./volumes.ts";
import type { PctWorld } from "./world-file.ts";

function unusedIds({ values }: Section): string[] {
  return Object.entries(values).flatMap(([key, value]) => (/^unused\d+$/.test(key) ? [parseProperties(value).first] : []));
}

function byTime(conf: Conf): [string, Section][] {
  return Object.entries(conf.snapshots).sort(([, a], [, b]) => Number(a.values["snaptime"]) - Number(b.values["snaptime"]));
}

/** Makes a container as a text of N.conf describes it. The root file system is the template's, also in its snapshots. */
export function seedContainer(world: PctWorld, template: string, vmid: string, text: string): void {
  const { conf } = parseConf(vmid, text);
  const sections = [conf, ...Object.values(conf.snapshots)];
  const roots = new Set(sections.flatMap((section) => mounts(section).flatMap(({ key, source }) => (key === "rootfs" ? [source] : []))));
  const sizes = new Map(
    sections.flatMap((section) => mounts(section).map(({ source, options }) => [source, parseSize(options["size"] ?? "0")])),
  );
  const ids = new Set(sections.flatMap((section) => [...volumeIds(section), ...unusedIds(section)]));
  for (const id of ids) {
    const { path } = volume(world, id);
    if (existsSync(path)) continue;
    allocate(volume(world, id), sizes.get(id) ?? 0);
    if (roots.has(id)) cpSync(template, path, { recursive: true, verbatimSymlinks: true });
    if (conf.values["unprivileged"] === "1") shiftOwners(path);
  }
  for (const [name, section] of byTime(conf)) {
    for (const id of volumeIds(section)) if (canSnapshot(volume(world, id))) snapshotVolume(volume(world, id), name);
  }
  mkdirSync(world.config_dir, { recursive: true });
  writeFileSync(join(world.config_dir, `${vmid}.conf`), text);
}
