import { join } from "node:path";
import type { Ctid } from "../../domain/container.ts";
import type { Inside } from "../inside/inside.ts";
import { endMarked, runEntry } from "../inside/marks.ts";
import { namesIn } from "../lxc/files.ts";
import { removeFolder } from "../lxc/tree.ts";
import type { Host } from "./host.ts";
import { recover } from "./recover.ts";

/** Driver.endLeftovers: processes of the run inside and on the host, its scripts, and what pct was cut off in. */
export async function endLeftovers(host: Host, inside: Inside, ctid: Ctid, run: string): Promise<void> {
  if (run !== "") {
    await endMarked(runEntry(run));
    for (const name of await namesIn(inside.scripts)) if (name.startsWith(`${run}-`)) await removeFolder(join(inside.scripts, name));
  }
  await recover(host, ctid);
}
