import { join } from "node:path";
import type { Ctid } from "../../domain/container.ts";
import { exclusiveBytes } from "../diff/space.ts";
import { capture } from "../process.ts";
import { existing } from "./container.ts";
import type { Pool } from "./paths.ts";
import { readIndex } from "./snapshots.ts";

/** Driver.sizes. A copied layer shares nothing, as far as can be told. */
export async function sizes(pool: Pool, ctid: Ctid, signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
  const { home, storage } = await existing(pool, ctid);
  const { snapshots } = await readIndex(home);
  const folders = snapshots.map(({ id }) => join(home.snaps, id));
  const bytes = storage.smears ? await ownBytes(folders, signal) : await exclusiveBytes(folders, signal);
  return new Map(
    snapshots.flatMap(({ name, id }) => {
      const found = bytes.get(join(home.snaps, id));
      return found === undefined ? [] : [[name, found] as const];
    }),
  );
}

async function ownBytes(folders: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
  if (folders.length === 0) return new Map();
  const text = await capture(["du", "--summarize", "--block-size=1", "--one-file-system", "--", ...folders], { signal });
  return new Map(
    text.split("\n").flatMap((row) => (row === "" ? [] : [[row.slice(row.indexOf("\t") + 1), Number.parseInt(row, 10)] as const])),
  );
}
