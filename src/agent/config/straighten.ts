import { containerShape } from "./container-shape.ts";
import { isObject, shown, type Path } from "./shape.ts";

/** Makes the value that was meant of one that is sloppy; one that it knows nothing about stays as it is. */
type Straightener = (value: unknown) => unknown;

/** What was sloppy and is better mended in the file. */
export interface Sloppy {
  readonly path: Path;
  readonly message: string;
}

/** "*" stands for every item of a list. */
const quietly: readonly (readonly [string, Straightener])[] = [
  ["clone_from_ctid", numberFrom],
  ["dependencies.*", numberFrom],
  ["gpu_assignment", gpusFrom],
  ["network_config.nameservers", wordsFrom],
  ["lxc_options.*", optionFrom],
];

const aloud: readonly (readonly [string, Straightener])[] = [
  ...[
    "memory_mb",
    "swap_mb",
    "cores",
    "storage_size_gb",
    "timeout_s",
    "boot_order",
    "boot_delay",
    "shutdown_timeout_s",
    "gpu_memory_mb",
    "health_check.retries",
    "health_check.interval",
    "volumes.*.size_gb",
    "zfs_volumes.*.size_gb",
    "mount_points.*.owner_uid",
    "mount_points.*.owner_gid",
  ].map((place) => [place, numberFrom] as const),
  ...["unprivileged", "start_at_boot", "volumes.*.snapshot", "zfs_volumes.*.snapshot"].map((place) => [place, yesNoFrom] as const),
];

/**
 * A container's part of the manifest with everything that is sloppy and clear straightened, and what of it deserves a
 * warning. Paths stay what they were. Under the known keys, null and the empty text mean: not given.
 */
export function straighten(raw: Readonly<Record<string, unknown>>): { readonly value: unknown; readonly sloppy: readonly Sloppy[] } {
  const sloppy: Sloppy[] = [];
  let value: unknown = Object.fromEntries(
    Object.entries(raw).flatMap(([key, inner]) =>
      !(key in containerShape.shape) ? [[key, inner]] : isEmpty(inner) ? [] : [[key, withoutEmpty(inner)]],
    ),
  );
  for (const [place, straightener] of quietly) value = changed(value, place.split("."), [], straightener);
  for (const [place, straightener] of aloud) {
    value = changed(value, place.split("."), [], (found, path) => {
      const meant = straightener(found);
      if (meant !== found)
        sloppy.push({
          path,
          message: `expected ${typeof meant === "number" ? "a number" : "true or false"}, got ${shown(found)}; taken as ${shown(meant)}`,
        });
      return meant;
    });
  }
  return { value, sloppy };
}

/** A copy in which what stands at a place is changed. */
function changed(value: unknown, place: readonly string[], path: Path, change: (value: unknown, path: Path) => unknown): unknown {
  const [key, ...rest] = place;
  if (key === undefined) return change(value, path);
  if (key === "*") return Array.isArray(value) ? value.map((item: unknown, index) => changed(item, rest, [...path, index], change)) : value;
  if (!isObject(value) || !Object.hasOwn(value, key)) return value;
  return { ...value, [key]: changed(value[key], rest, [...path, key], change) };
}

function isEmpty(value: unknown): boolean {
  return value === null || value === "";
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => (isEmpty(inner) ? [] : [[key, withoutEmpty(inner)]])));
}

function numberFrom(value: unknown): unknown {
  return typeof value === "string" && /^\s*-?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
}

function yesNoFrom(value: unknown): unknown {
  const meanings: Readonly<Record<string, boolean>> = { true: true, yes: true, "1": true, false: false, no: false, "0": false };
  return (typeof value === "string" || typeof value === "number" ? meanings[String(value).toLowerCase()] : undefined) ?? value;
}

/** "none", "0", "0, 1", 0 or [0, "1"], as the indexes in ascending order. */
function gpusFrom(value: unknown): unknown {
  const words = (Array.isArray(value) ? value : String(value).split(",")).map((word: unknown) => String(word).trim());
  if (words.length === 1 && words[0]?.toLowerCase() === "none") return [];
  if (!words.every((word) => /^([0-9]|[1-5][0-9]|6[0-3])$/.test(word))) return Array.isArray(value) ? shown(value) : value;
  return [...new Set(words.map(Number))].toSorted((a, b) => a - b);
}

function wordsFrom(value: unknown): unknown {
  return typeof value === "string" ? value.split(/[\s,]+/).filter((word) => word !== "") : value;
}

/** "lxc.x = y" and Proxmox's "lxc.x: y", as "lxc.x=y". */
function optionFrom(value: unknown): unknown {
  return typeof value === "string" ? value.trim().replace(/^([\w.-]+)\s*[=:]\s*/, "$1=") : value;
}
