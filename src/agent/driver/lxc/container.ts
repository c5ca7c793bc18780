import { join, relative } from "node:path";
import type { Ctid } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";
import { checkAbort } from "../process.ts";
import { btrfs } from "./btrfs.ts";
import { formatConfig, parseConfig, valueOf, type Line } from "./config.ts";
import { readIfThere } from "./files.ts";
import { overlay } from "./overlay.ts";
import { homeOf, type Home, type Pool } from "./paths.ts";
import type { Storage } from "./tree.ts";

/** A container that exists, as its config has it. */
export interface Found {
  readonly home: Home;
  readonly text: string;
  readonly lines: readonly Line[];
  /** The live tree. */
  readonly tree: string;
  readonly storage: Storage;
}

/** The container; null when there is none. A folder with a config is a container (facts/lxc.md). */
export async function look(pool: Pool, ctid: Ctid): Promise<Found | null> {
  const home = homeOf(pool, ctid);
  const text = await readIfThere(home.config);
  return text === null ? null : found(home, text);
}

/** The container; Fault CONTAINER_MISSING when there is none. */
export async function existing(pool: Pool, ctid: Ctid): Promise<Found> {
  const container = await look(pool, ctid);
  if (container === null)
    throw new Fault("CONTAINER_MISSING", `there is no container ${ctid} in ${pool.path}`, `Make it: phoenixctl orchestrate ${ctid}`);
  return container;
}

/** The container, for a call that changes it. Faults: the signal's, CONTAINER_MISSING, LOCKED. */
export async function changeable(pool: Pool, ctid: Ctid, signal: AbortSignal): Promise<Found> {
  checkAbort(signal);
  const container = await existing(pool, ctid);
  const lock = await lockOf(container.home);
  if (lock !== null)
    throw new Fault("LOCKED", `container ${ctid} is locked (${lock})`, `When that is over, delete ${container.home.locked}.`);
  return container;
}

/** Why a container is locked: the text of the file `locked` in its folder, which anybody may put there; null when it is not. */
export async function lockOf(home: Home): Promise<string | null> {
  const text = await readIfThere(home.locked);
  return text === null ? null : text.trim() || "locked";
}

/** A config's container. Fault BACKEND_FAILED when the config does not say where its live tree is. */
export function found(home: Home, text: string): Found {
  const lines = parseConfig(text);
  const path = valueOf(lines, "lxc.rootfs.path") ?? "";
  const rootfs = path.slice(path.lastIndexOf(":") + 1);
  const [generation = "", ...rest] = relative(home.live, rootfs).split("/");
  if (generation === "" || generation === ".." || rest.join("/") !== "rootfs") {
    throw new Fault(
      "BACKEND_FAILED",
      `lxc.rootfs.path in ${home.config} is ${JSON.stringify(path)}, not a tree of ${home.live}`,
      "Correct it there.",
    );
  }
  return { home, text, lines, tree: join(home.live, generation), storage: path.startsWith("overlay:") ? overlay : btrfs };
}

/** A container's config as it has to be with another live tree, or for another container. */
export function moved(container: Pick<Found, "lines" | "home" | "tree">, home: Home, tree: string): string {
  return formatConfig(container.lines)
    .replaceAll(`${container.tree}/`, `${tree}/`)
    .replaceAll(`${container.home.folder}/`, `${home.folder}/`);
}
