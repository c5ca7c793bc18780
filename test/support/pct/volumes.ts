import type { Section } from "./conf.ts";

/** The value of rootfs, mpN or netN: its first part, and the others by name, in the order in which they are written. */
export interface Properties {
  readonly first: string;
  readonly others: Readonly<Record<string, string>>;
}

/** Takes `first,key=value,…` apart. The first part may be spelled `volume=…`. */
export function parseProperties(value: string): Properties {
  const [first = "", ...parts] = value.split(",");
  const others: Record<string, string> = {};
  for (const part of parts) {
    const at = part.indexOf("=");
    others[part.slice(0, at < 0 ? undefined : at)] = at < 0 ? "1" : part.slice(at + 1);
  }
  return { first: first.replace(/^(volume|file)=/, ""), others };
}

/** Puts it together again: what is required comes first, the rest is sorted (sections "set" net0, "snapshot name edge (2)" mp0). */
export function formatProperties({ first, others }: Properties): string {
  const rank = (key: string): string => (key === "mp" ? `0${key}` : `1${key}`);
  const keys = Object.keys(others).sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
  return [first, ...keys.map((key) => `${key}=${others[key]}`)].join(",");
}

/** What a mount point's source is; only a volume belongs to a storage. */
export function mountKind(source: string): "volume" | "bind" | "device" {
  if (source.startsWith("/dev/")) return "device";
  return source.startsWith("/") ? "bind" : "volume";
}

export interface Mount {
  readonly key: string;
  readonly source: string;
  readonly kind: "volume" | "bind" | "device";
  readonly options: Readonly<Record<string, string>>;
}

/** Root file system and mount points of a section; the root first. */
export function mounts({ values }: Section): Mount[] {
  const keys = Object.keys(values)
    .filter((key) => /^mp\d+$/.test(key))
    .sort((a, b) => Number(a.slice(2)) - Number(b.slice(2)));
  return (values["rootfs"] === undefined ? keys : ["rootfs", ...keys]).map((key) => {
    const { first, others } = parseProperties(values[key] ?? "");
    return { key, source: first, kind: mountKind(first), options: others };
  });
}

/** The ids of a section's volumes. */
export function volumeIds(section: Section): string[] {
  return mounts(section)
    .filter(({ kind }) => kind === "volume")
    .map(({ source }) => source);
}

/** Keeps a volume that nothing mounts any more, at the first free number (section "snapshot name edge (2)"). */
export function addUnused({ values }: Section, volume: string): void {
  const known = Object.entries(values).some(([key, value]) => /^unused\d+$/.test(key) && parseProperties(value).first === volume);
  if (known) return;
  let number = 0;
  while (values[`unused${number}`] !== undefined) number++;
  values[`unused${number}`] = volume;
}

/** Forgets the unusedN lines of volumes that are mounted. */
export function dropUsed(section: Section): void {
  const used = new Set(volumeIds(section));
  for (const [key, value] of Object.entries(section.values)) {
    if (/^unused\d+$/.test(key) && used.has(parseProperties(value).first)) delete section.values[key];
  }
}

/** `8` or `0.5` GiB, as in `STORAGE:SIZE`, in bytes. */
export function gibibytes(size: string): number {
  return Math.round(Number(size) * 2 ** 30);
}

/** A size as Proxmox writes it: the largest unit that it is a whole number of, and 0T for no size (section "create"). */
export function formatSize(bytes: number): string {
  const units = ["T", "G", "M", "K"];
  const unit = units.findIndex((_, at) => bytes % 1024 ** (4 - at) === 0);
  return unit < 0 ? String(bytes) : `${bytes / 1024 ** (4 - unit)}${units[unit]}`;
}

/** A size as it is written, in bytes. */
export function parseSize(size: string): number {
  const [, number = "0", unit = ""] = /^([\d.]+)([KMGT]?)$/.exec(size) ?? [];
  return Math.round(Number(number) * 1024 ** (unit === "" ? 0 : "KMGT".indexOf(unit) + 1));
}
