import { rm } from "node:fs/promises";
import { capture } from "../process.ts";
import { writeAtomic } from "./files.ts";
import type { Home, Pool } from "./paths.ts";
import { stateOf } from "./state.ts";
import { isThere } from "./tree.ts";

/** Does something while a container stands still, when it runs. A file says so meanwhile, so that a later life of the agent thaws it. */
export async function whileFrozen(pool: Pool, home: Home, work: () => Promise<void>): Promise<void> {
  if ((await stateOf(pool, home.ctid)) !== "running") return work();
  await writeAtomic(home.frozen, "A snapshot is being taken.\n");
  try {
    await capture(["lxc-freeze", "-P", pool.path, "-n", String(home.ctid)]);
    await work();
  } finally {
    await thaw(pool, home);
  }
}

/** Thaws a container that we have frozen; one that somebody else froze stays so. */
export async function thaw(pool: Pool, home: Home): Promise<void> {
  if (!(await isThere(home.frozen))) return;
  if ((await stateOf(pool, home.ctid)) === "frozen") await unfreeze(pool, home);
  await rm(home.frozen, { force: true });
}

/** Thaws a container, whoever froze it. */
export async function unfreeze(pool: Pool, home: Home): Promise<void> {
  await capture(["lxc-unfreeze", "-P", pool.path, "-n", String(home.ctid)]);
}
