import type { Ctid } from "../../domain/container.ts";
import { look } from "./container.ts";
import { dropHalfMade } from "./create.ts";
import { thaw } from "./freeze.ts";
import { endCommands } from "../inside/commands.ts";
import { namesIn } from "./files.ts";
import { homeOf, type Pool } from "./paths.ts";
import { readIndex } from "./snapshots.ts";
import { sweep } from "./sweep.ts";

/** Driver.endLeftovers. */
export async function endLeftovers(pool: Pool, ctid: Ctid, run: string): Promise<void> {
  // First: what is frozen can't end, be it the container itself or one that it was being cloned from.
  for (const name of await namesIn(pool.path)) if (/^[1-9]\d*$/.test(name)) await thaw(pool, homeOf(pool, Number(name)));
  await endCommands(pool, run);
  await dropHalfMade(pool, ctid);
  const container = await look(pool, ctid);
  if (container !== null) await sweep(container, await readIndex(container.home));
}
