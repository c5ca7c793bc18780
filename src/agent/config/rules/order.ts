import type { Ctid } from "../../domain/container.ts";
import type { ContainerConfig } from "../manifest-types.ts";
import type { Path } from "../shape.ts";
import { error, warning, type Containers, type Rule } from "./rule.ts";

// What containers need of one another, and in which order.

export const cloneSource: Rule = ({ origin }, all) => {
  if (origin.from !== "clone") return [];
  const path = ["clone_from_ctid"];
  if (!all.listed.has(origin.source)) return [warning(path, `${origin.source} is not in this file; it has to be on the host already`)];
  const source = all.configs.get(origin.source);
  if (source === undefined || source.template_snapshot !== null) return [];
  return [warning(path, `${origin.source} has no template_snapshot_name, so there is no snapshot of it to clone from`)];
};

export const knownDependencies: Rule = ({ dependencies }, all) =>
  dependencies
    .filter((id) => !all.listed.has(id))
    .map((id) => warning(["dependencies"], `${id} is not in this file; it has to be a container or virtual machine of the host`));

export const dependencyAtBoot: Rule = ({ dependencies, boot }, all) =>
  dependencies
    .filter((id) => boot.start && all.configs.get(id)?.boot.start === false)
    .map((id) => warning(["dependencies"], `it starts at boot and waits for ${id}, which does not start at boot`));

export const orderAgainstDependency: Rule = ({ dependencies, boot }, all) =>
  dependencies.flatMap((id) => {
    const other = all.configs.get(id);
    if (other === undefined || !boot.start || !other.boot.start || rank(boot) >= rank(other.boot)) return [];
    const theirs = other.boot.order === null ? "has none and comes last" : `has ${other.boot.order}`;
    return [
      warning(["boot_order"], `${boot.order} is before ${id}, which ${theirs}, but it depends on ${id}; expected it not to be lower`),
    ];
  });

function rank(boot: ContainerConfig["boot"]): number {
  return boot.order ?? Infinity;
}

/** A container that is needed before itself, by dependencies or because it is cloned. */
export const noCycle: Rule = (config, all) => {
  const cycle = cycleOf(config.ctid, all);
  if (cycle === null) return [];
  const path: Path = config.origin.from === "clone" && config.origin.source === cycle[1] ? ["clone_from_ctid"] : ["dependencies"];
  return [error(path, `it needs itself first: ${cycle.join(" -> ")}`)];
};

/** The shortest way from a container back to itself; null when there is none. */
function cycleOf(start: Ctid, all: Containers): readonly Ctid[] | null {
  const cameFrom = new Map<Ctid, Ctid>();
  const reached = [start];
  for (const id of reached) {
    for (const needed of needs(all.configs.get(id))) {
      if (needed === start) return [...wayTo(id, cameFrom), start];
      if (cameFrom.has(needed)) continue;
      cameFrom.set(needed, id);
      reached.push(needed);
    }
  }
  return null;
}

function wayTo(end: Ctid, cameFrom: ReadonlyMap<Ctid, Ctid>): readonly Ctid[] {
  const way = [end];
  for (let at = cameFrom.get(end); at !== undefined; at = cameFrom.get(at)) way.push(at);
  return way.reverse();
}

function needs(config: ContainerConfig | undefined): readonly Ctid[] {
  if (config === undefined) return [];
  return config.origin.from === "clone" ? [config.origin.source, ...config.dependencies] : config.dependencies;
}
