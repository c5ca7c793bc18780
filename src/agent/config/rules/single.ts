import { snapshotNameProblem } from "../../domain/container.ts";
import type { ContainerConfig } from "../manifest-types.ts";
import { pushedManifestName } from "../pushed.ts";
import type { Path } from "../shape.ts";
import { error, warning, type Rule } from "./rule.ts";

// What can be said of a container by itself.

export const snapshotName: Rule = ({ template_snapshot }) => {
  const problem = template_snapshot === null ? null : snapshotNameProblem(template_snapshot);
  return problem === null ? [] : [error(["template_snapshot_name"], `"${template_snapshot}" can't be the name of a snapshot: ${problem}`)];
};

export const templateAtBoot: Rule = ({ template_snapshot, boot, raw }) => {
  if (template_snapshot === null || !boot.start) return [];
  const cause =
    raw["start_at_boot"] === undefined ? "it has no start_at_boot and is counted in by its id; expected false" : "expected false";
  return [warning(["start_at_boot"], `a template starts at boot: ${cause}`)];
};

export const oneOrigin: Rule = ({ raw }) =>
  isGiven(raw["template"]) && isGiven(raw["clone_from_ctid"])
    ? [warning(["template"], "it has clone_from_ctid as well, which counts; expected one of the two")]
    : [];

/** Keys that do something only together with another one. */
const companions: readonly (readonly [string, string])[] = [
  ["mac_address", "network_config"],
  ["application_files", "application_script"],
  ["timeout_s", "application_script"],
];

export const withoutEffect: Rule = ({ raw }) =>
  companions
    .filter(([key, companion]) => isGiven(raw[key]) && !isGiven(raw[companion]))
    .map(([key, companion]) => warning([key], `it has no effect without ${companion}`));

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}

export const volumeNames: Rule = (config) =>
  repeated(volumesOf(config.raw).map(({ path, value }) => ({ path: [...path, "name"], value: value["name"] }))).map(({ path, value }) =>
    error(path, `the container has another volume that is called ${JSON.stringify(value)}`),
  );

export const mountPoints: Rule = ({ raw }) => {
  const volumes = volumesOf(raw).map(({ path, value }) => ({ path: [...path, "mount_point"], value: withoutSlash(value["mount_point"]) }));
  const mounts = itemsOf(raw, "mount_points").map(({ path, value }) => ({
    path: [...path, "container_path"],
    value: withoutSlash(value["container_path"]),
  }));
  return repeated([...volumes, ...mounts]).map(({ path, value }) =>
    error(path, `something else of the container is mounted at ${JSON.stringify(value)}`),
  );
};

/** The manifest is put beside the script in any case, under its own name. */
export const pushedFiles: Rule = ({ application }) =>
  application?.files.includes(pushedManifestName) || application?.script === pushedManifestName
    ? [error(["application_files"], `${pushedManifestName} is the container's part of this manifest; expected another name`)]
    : [];

interface Placed {
  readonly path: Path;
  readonly value: unknown;
}

function volumesOf(raw: ContainerConfig["raw"]) {
  return [...itemsOf(raw, "volumes"), ...itemsOf(raw, "zfs_volumes")];
}

/** The objects of a list, with their places; the shape has been looked at before. */
function itemsOf(raw: ContainerConfig["raw"], key: string): readonly { path: Path; value: Record<string, unknown> }[] {
  const items = raw[key];
  return Array.isArray(items) ? items.map((value, index) => ({ path: [key, index], value: value as Record<string, unknown> })) : [];
}

function withoutSlash(path: unknown): unknown {
  return typeof path === "string" ? path.replace(/\/$/, "") : path;
}

/** Those whose value was there before. */
function repeated(items: readonly Placed[]): readonly Placed[] {
  return items.filter((item, index) => items.findIndex(({ value }) => value === item.value) < index);
}
