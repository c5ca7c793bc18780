import type { Ctid } from "../../domain/container.ts";
import type { ContainerConfig, Problem } from "../manifest-types.ts";
import type { Path } from "../shape.ts";

/** What a rule has to say about a container. */
export interface Finding {
  readonly severity: Problem["severity"];
  /** Inside the container's part of the manifest. */
  readonly path: Path;
  readonly message: string;
}

/** The containers of a manifest that have the right shape, the ids of all that are in it, and who has the same. */
export interface Containers {
  readonly configs: ReadonlyMap<Ctid, ContainerConfig>;
  readonly listed: ReadonlySet<Ctid>;
  /** Ascending ids, by what they have. */
  readonly having: Readonly<Record<"name" | "mac" | "address" | "gpuAtBoot", ReadonlyMap<string, readonly Ctid[]>>>;
}

/** Looks at one container, among all of them. Knows nothing of other rules; all of them are asked. */
export type Rule = (config: ContainerConfig, all: Containers) => readonly Finding[];

export function error(path: Path, message: string): Finding {
  return { severity: "error", path, message };
}

export function warning(path: Path, message: string): Finding {
  return { severity: "warning", path, message };
}
