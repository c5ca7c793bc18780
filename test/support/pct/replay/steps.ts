import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestPct } from "../world.ts";
import { toWorld } from "./normalise.ts";

/** What has to be done before a record, since the recorder did it without recording it. */
export type Step = (pct: TestPct) => Promise<void> | void;

/** A call that the recorder made without recording it. */
export const pct =
  (...argv: readonly string[]): Step =>
  async (world) => {
    const { stderr } = await world.call(["pct", ...argv]);
    if (stderr !== "") throw new Error(`pct ${argv.join(" ")}: ${stderr}`);
  };

/** Edits N.conf as the recorder did with an editor. */
export const edit =
  (vmid: number, change: (text: string) => string): Step =>
  (world) =>
    writeFileSync(join(world.world.config_dir, `${vmid}.conf`), toWorld(change(world.conf(vmid)), world));

/** Puts lines at the end of the main section. */
export const addLines = (vmid: number, ...lines: readonly string[]): Step =>
  edit(vmid, (text) => text.replace(/\n(?=\n\[)|\n$/, `\n${lines.join("\n")}\n`));

/** Writes a file. */
export const file =
  (path: string, text: string): Step =>
  (world) =>
    writeFileSync(toWorld(path, world), text);

/** The folder that bind mounts show. */
export const bindFolder: Step = (world) => {
  const folder = toWorld("/srv/bind", world);
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, "f"), "bind\n\n");
};

/** A hook script that says what it is called with, and fails in one phase. */
export const hook =
  (failing: string): Step =>
  (world) => {
    const path = toWorld("/var/lib/vz/snippets/h.sh", world);
    writeFileSync(path, `#!/bin/sh\necho "HOOK vmid=$1 phase=$2"\necho "hook-stderr $2" >&2\n[ "$2" != "${failing}" ] || exit 3\n`, {
      mode: 0o755,
    });
  };

/** From then on init ignores the request to shut down. */
export const stubborn = pct("exec", "100", "--", "touch", "/stubborn");
