import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Ctid, Settings } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";
import type { Action } from "../../domain/step.ts";
import type { Call } from "../driver.ts";
import { checkAbort } from "../process.ts";
import { formatConfig, line, valueOf } from "./config.ts";
import { look } from "./container.ts";
import { namesIn, syncFolder, writeSynced } from "./files.ts";
import { checkBridge, hostFacts } from "./host.ts";
import { fromClone, fromTemplate, storageOf } from "./origin.ts";
import { freshId, homeOf, type Pool } from "./paths.ts";
import { kill } from "./power.ts";
import { settingsOf, withSettings } from "./settings.ts";
import { removeFolder, removeTree } from "./tree.ts";

type Create = Extract<Action, { do: "create" }>;

/** Driver.create: built aside and put in place by one rename, so that there is either all of a container or nothing. */
export async function create(pool: Pool, templatesBase: string, ctid: Ctid, action: Create, call: Call): Promise<void> {
  checkAbort(call.signal);
  const there = await look(pool, ctid);
  if (there !== null) {
    if (valueOf(there.lines, "phoenix.run") === call.run) return;
    throw new Fault("CONTAINER_EXISTS", `container ${ctid} exists already, and this run did not make it`, "Plan again.");
  }
  await checkBridge(action.settings);
  await mkdir(pool.making, { recursive: true });
  await dropHalfMade(pool, ctid);

  const aside = homeOf(pool, ctid, join(pool.making, `${ctid}-${call.run || freshId()}`));
  const home = homeOf(pool, ctid);
  const generation = freshId();
  const tree = join(home.live, generation);
  const { origin } = action;
  const begin =
    origin.from === "template"
      ? await fromTemplate(pool, templatesBase, origin.template, tree, call.signal)
      : await fromClone(pool, origin, home, tree, call.signal);
  try {
    await begin.make(join(aside.live, generation, "rootfs"));
    const lines = [line("phoenix.run", call.run), ...begin.lines];
    const settings: Settings = { ...settingsOf(lines), hostname: action.name, ...action.settings };
    await writeSynced(aside.config, formatConfig(withSettings(lines, settings, home, await hostFacts())), 0o644);
    await syncFolder(aside.folder);
    checkAbort(call.signal);
    await rename(aside.folder, home.folder);
    await syncFolder(pool.path);
  } catch (thrown) {
    await dropHalfMade(pool, ctid);
    throw thrown;
  }
  if (action.unprivileged) call.note("plain LXC without id maps: the container runs privileged");
}

/** Driver.destroy: out of its place by one rename, and then off the disk. */
export async function destroy(pool: Pool, ctid: Ctid, call: Call): Promise<void> {
  checkAbort(call.signal);
  const there = await look(pool, ctid);
  if (there !== null && valueOf(there.lines, "phoenix.run") === call.run) {
    await kill(pool, there, call.signal);
    await mkdir(pool.making, { recursive: true });
    await rename(there.home.folder, join(pool.making, `${ctid}-${freshId()}`));
    await syncFolder(pool.path);
  }
  await dropHalfMade(pool, ctid);
}

/** Removes what a creation or a destruction that was cut off has left. */
export async function dropHalfMade(pool: Pool, ctid: Ctid): Promise<void> {
  for (const name of await namesIn(pool.making)) {
    if (!name.startsWith(`${ctid}-`)) continue;
    const { live, snaps, volumes, folder } = homeOf(pool, ctid, join(pool.making, name));
    const storage = await storageOf(pool);
    for (const trees of [live, snaps]) for (const tree of await namesIn(trees)) await removeTree(storage, join(trees, tree));
    for (const volume of await namesIn(volumes)) await storage.remove(join(volumes, volume));
    await removeFolder(folder);
  }
}
