import type { Attachment } from "../../domain/container.ts";
import { entryOf, rawOf, type Conf, type Entry } from "./conf.ts";
import { parseProperty } from "./property.ts";

/** A mount point of a container, "mpN", as it stands in N.conf. */
export interface MountPoint {
  readonly key: string;
  /** A volume id, or a path of the host. */
  readonly source: string;
  readonly container_path: string;
}

const binding = /(?:^|,)r?bind(?:,|$)/;

/** Whether a setting is a mount point: "mp0", "mp1", … */
export function isMountPoint({ key }: Entry): boolean {
  return /^mp\d+$/.test(key);
}

/** The reading of a mount point's setting. */
export function mountPointOf({ key, value }: Entry): MountPoint {
  const { first, fields } = parseProperty(value, "volume");
  return { key, source: first, container_path: normal(fields.get("mp") ?? "") };
}

export function mountPointsOf(fields: ReadonlyMap<string, string>): readonly MountPoint[] {
  const entries = [...fields].map(([key, value]) => ({ key, value })).filter(isMountPoint);
  return entries.toSorted((a, b) => Number(a.key.slice(2)) - Number(b.key.slice(2))).map(mountPointOf);
}

/** Volumes lie on a storage; anything else, a path of the host, is bound. */
export function isVolume({ source }: MountPoint): boolean {
  return !source.startsWith("/");
}

/** The folders of the host that are bound by raw lines (facts: they never block a snapshot). Devices are none. */
export function rawBinds(main: readonly string[]): readonly { readonly source: string; readonly container_path: string }[] {
  return rawOf(main).flatMap(({ key, value }) => {
    if (key !== "lxc.mount.entry") return [];
    const [source = "", target = "", , options = ""] = value.split(/\s+/).map(unescaped);
    const isFolder = source.startsWith("/") && !source.startsWith("/dev/") && binding.test(options);
    return isFolder ? [{ source, container_path: normal(`/${target}`) }] : [];
  });
}

/** A raw line that binds a folder or a file of the host. */
export function bindLine(source: string, container_path: string, type: "dir" | "file"): string {
  return `lxc.mount.entry: ${escaped(source)} ${escaped(container_path.replace(/^\/+/, ""))} none bind,create=${type} 0 0`;
}

/** The data volumes and bind mounts. Volumes that are named in `snapshotted` go into snapshots, all others are kept out. */
export function attachmentsOf(conf: Conf, fields: ReadonlyMap<string, string>, snapshotted: ReadonlySet<string>): readonly Attachment[] {
  const points = mountPointsOf(fields).map((point): Attachment => {
    const { source, container_path } = point;
    return isVolume(point)
      ? { kind: "volume", source, container_path, in_snapshots: snapshotted.has(source) }
      : { kind: "bind", source, container_path, in_snapshots: false };
  });
  const raw = rawBinds(conf.main).map((bind): Attachment => ({ kind: "bind", ...bind, in_snapshots: false }));
  return [...points, ...raw];
}

/** The volumes that belong to it and are not attached. */
export function detachedOf(fields: ReadonlyMap<string, string>): readonly string[] {
  return [...fields].flatMap(([key, value]) => (isUnused({ key, value }) ? [value] : []));
}

export function isUnused({ key }: Entry): boolean {
  return /^unused\d+$/.test(key);
}

/** A line of N.conf as a mount point; null when it is none. */
export function mountPointLine(line: string): MountPoint | null {
  const entry = entryOf(line);
  return entry !== null && isMountPoint(entry) ? mountPointOf(entry) : null;
}

/** fstab writes what would end a field as octal. */
function escaped(path: string): string {
  return path.replace(/[\s\\]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`);
}

function unescaped(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function normal(path: string): string {
  return path.replace(/\/+/g, "/").replace(/(.)\/$/, "$1");
}
