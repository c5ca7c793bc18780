import type { Ctid } from "../../domain/container.ts";
import { look } from "./container.ts";
import { dropHalfMade } from "./create.ts";
import { thaw } from "./freeze.ts";
import { endCommands } from "../inside/commands.ts";
import type { Pool } from "./paths.ts";
import { readIndex } from "./snapshots.ts";
import { sweep } from "./sweep.ts";

/** Driver.endLeftovers. */
export async function endLeftovers(pool: Pool, ctid: Ctid, run: string): Promise<void> {
  const container = await look(pool, ctid);
  if (container !== null) await thaw(pool, container.home); // first: what is frozen can't end
  await endCommands(pool, run);
  await dropHalfMade(pool, ctid);
  if (container !== null) await sweep(container, await readIndex(container.home));
}
