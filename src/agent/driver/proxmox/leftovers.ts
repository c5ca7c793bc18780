import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Ctid } from "../../domain/container.ts";
import { endCommands } from "../inside/commands.ts";
import type { Inside } from "../inside/inside.ts";
import { halfWritten, namesIn } from "../lxc/files.ts";
import type { Host } from "./host.ts";
import { recover } from "./recover.ts";

/** Driver.endLeftovers: commands inside and on the host, and what pct was cut off in. */
export async function endLeftovers(host: Host, inside: Inside, ctid: Ctid, run: string): Promise<void> {
  await endCommands(inside, run);
  await recover(host, ctid);
  // One that it was being cloned from: nobody else may come to it.
  for (const name of await namesIn(host.state_dir)) {
    const held = /^(\d+)\.mounts$/.exec(name)?.[1];
    if (held !== undefined) await recover(host, Number(held));
  }
  await sweep(host, ctid);
}

/** Files that were being written, and never came to their place. Proxmox's own have one number after "tmp" (edit.ts). */
async function sweep({ state_dir, settings }: Host, ctid: Ctid): Promise<void> {
  const ours = new RegExp(`^${ctid}\\.(?:.+${halfWritten.replace(".", "\\.")}|conf\\.tmp\\.\\d+\\.\\d+)$`);
  for (const folder of [state_dir, settings.config_dir]) {
    for (const name of await namesIn(folder)) if (ours.test(name)) await rm(join(folder, name), { force: true });
  }
}
