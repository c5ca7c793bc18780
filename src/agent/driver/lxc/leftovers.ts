import { join } from "node:path";
import type { Ctid } from "../../domain/container.ts";
import { look } from "./container.ts";
import { dropHalfMade } from "./create.ts";
import { namesIn } from "./files.ts";
import { thaw } from "./freeze.ts";
import { endMarked, runEntry } from "../inside/marks.ts";
import type { Pool } from "./paths.ts";
import { readIndex } from "./snapshots.ts";
import { sweep } from "./sweep.ts";
import { removeFolder } from "./tree.ts";

/** Driver.endLeftovers. The container's monitor and what was running in it before the run are not touched: they do not have the run's mark. */
export async function endLeftovers(pool: Pool, ctid: Ctid, run: string): Promise<void> {
  const container = await look(pool, ctid);
  if (container !== null) await thaw(pool, container.home); // first: what is frozen can't end
  if (run !== "") await endMarked(runEntry(run));
  for (const name of await namesIn(pool.scripts)) {
    if (run !== "" && name.startsWith(`${run}-`)) await removeFolder(join(pool.scripts, name));
  }
  await dropHalfMade(pool, ctid);
  if (container !== null) await sweep(container, await readIndex(container.home));
}
