/** A container's number on its host, as in Proxmox: 100 to 999999999. */
export type Ctid = number;

/**
 * The settings that Phoenix manages, as canonical texts, so that a difference is a difference of strings. In what is
 * wanted, a missing key means that the manifest says nothing about it; in what is observed, that the container has none.
 */
export const settingKeys = [
  "hostname",
  "memory_mb", // MiB, decimal
  "swap_mb", // MiB, decimal
  "cores", // decimal
  "disk_gb", // GiB of the root file system, decimal; only ever grows; "Infinity" where nothing limits it
  "network", // see networkText
  "nameserver", // addresses, separated by single spaces
  "options", // the platform's feature flags, sorted: "keyctl=1,nesting=1"
  "gpus", // GPU indexes, ascending: "0,1"; empty text for none
  "raw", // raw lxc lines, "key=value", sorted, separated by \n
  "onboot", // "1" when the platform itself starts it at the host's boot, "0" when not; missing where platforms don't do that
  "startup", // when it does so, see startupText
] as const;

export type SettingKey = (typeof settingKeys)[number];
export type Settings = Readonly<Partial<Record<SettingKey, string>>>;

export interface SettingChange {
  readonly key: SettingKey;
  /** What the container has; null when it has none. */
  readonly from: string | null;
  readonly to: string;
}

/** The changes that make `live` what is `wanted`, in the order of settingKeys. */
export function settingChanges(live: Settings, wanted: Settings): readonly SettingChange[] {
  return settingKeys.flatMap((key) => {
    const to = wanted[key];
    const from = live[key] ?? null;
    if (to === undefined || to === (from ?? "")) return [];
    return from !== null && suffices[key]?.(from, to) === true ? [] : [{ key, from, to }];
  });
}

/** Settings that are as wanted without being the same text. */
const suffices: Readonly<Partial<Record<SettingKey, (live: string, wanted: string) => boolean>>> = {
  disk_gb: (live, wanted) => Number(live) >= Number(wanted),
  // A platform makes up a hardware address where none is wanted.
  network: (live, wanted) => !parseNetwork(wanted).hwaddr && networkText({ ...parseNetwork(live), hwaddr: null }) === wanted,
};

/** Keys of raw lxc lines that may stand several times. */
const repeatable = /^lxc\.(?:mount\.entry|environment|idmap|cap\.(?:drop|keep)|hook\..*|apparmor\.raw|cgroup2?\.devices\..*)$/;

/** The raw lines that a container has to have: those that are wanted, and those that it has besides and that do not contradict them. */
export function mergedRaw(live: string, wanted: string): string {
  const lines = (text: string) => text.split("\n").filter((line) => line !== "");
  const keyOf = (line: string) => line.slice(0, line.indexOf("="));
  const replaced = new Set(
    lines(wanted)
      .map(keyOf)
      .filter((key) => !repeatable.test(key)),
  );
  const kept = lines(live).filter((line) => !replaced.has(keyOf(line)));
  return [...new Set([...kept, ...lines(wanted)])].toSorted((a, b) => (a < b ? -1 : 1)).join("\n");
}

/** A container's network interface: name, bridge, address (CIDR, "dhcp" or null), gateway, hardware address. */
export interface Network {
  readonly name: string;
  readonly bridge: string;
  readonly ip: string | null;
  readonly gateway: string | null;
  readonly hwaddr: string | null;
}

/** The canonical text of a network: "name=eth0,bridge=vmbr0,hwaddr=52:54:00:AA:BB:CC,ip=10.0.0.2/24,gw=10.0.0.1". */
export function networkText(network: Network): string {
  const parts = [
    ["name", network.name],
    ["bridge", network.bridge],
    ["hwaddr", network.hwaddr?.toUpperCase() ?? null],
    ["ip", network.ip],
    ["gw", network.gateway],
  ];
  return parts.flatMap(([key, value]) => (value === null ? [] : [`${key}=${value}`])).join(",");
}

/** The reverse of networkText; unknown keys are passed over. */
export function parseNetwork(text: string): Network {
  const fields = new Map(text.split(",").map((part) => [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)]));
  const field = (key: string) => fields.get(key) ?? null;
  return { name: field("name") ?? "eth0", bridge: field("bridge") ?? "", ip: field("ip"), gateway: field("gw"), hwaddr: field("hwaddr") };
}

/** A data volume as the manifest wants it. */
export interface WantedVolume {
  readonly name: string;
  readonly pool: string;
  readonly size_gb: number;
  readonly mount_point: string;
  /** True when it is to be snapshotted and restored with the root file system. */
  readonly snapshot: boolean;
}

/** A bind mount as the manifest wants it. */
export interface WantedMount {
  readonly host_path: string;
  readonly container_path: string;
  /** Owner of the host folder, as seen on the host; null leaves it alone. */
  readonly owner_uid: number | null;
  readonly owner_gid: number | null;
}

/** A data volume or bind mount that a container has. `source` is what the platform calls it and attaches it by. */
export interface Attachment {
  readonly kind: "volume" | "bind";
  readonly source: string;
  readonly container_path: string;
  /** True when snapshots and restores take it along. */
  readonly in_snapshots: boolean;
}

export interface Snapshot {
  readonly name: string;
  /** Milliseconds since 1970; null where the platform does not say. */
  readonly created: number | null;
  readonly parent: string | null;
  readonly description: string;
  /** The run that took it, from its description; null when it was taken by hand. */
  readonly run: string | null;
  /** The schedule that the run was of; null when there was none. */
  readonly schedule: string | null;
}

/** The last line of a snapshot's description, by which a run knows its own snapshots again. */
const runMark = /(?:^|\n)phoenix run ([0-9A-Z]{26})$/;
/** The line before it, by which a schedule knows its own. */
const scheduleMark = /(?:^|\n)phoenix schedule ([\w-]+)$/;

/** A description that carries the schedule's name; `text` is one line. The run's mark comes behind it. */
export function scheduleDescription(text: string, schedule: string): string {
  return `${text}\nphoenix schedule ${schedule}`;
}

/** A description that carries the run's id; `text` is one line. */
export function markDescription(text: string, run: string): string {
  return `${text}\nphoenix run ${run}`;
}

/** The reverse: the text, the run that took the snapshot (null when a hand did), and the schedule that it was of (null for none). */
export function readDescription(description: string): Pick<Snapshot, "run" | "schedule"> & { readonly text: string } {
  const match = runMark.exec(description.trimEnd());
  if (match === null) return { text: description.trim(), run: null, schedule: null };
  const before = description.slice(0, match.index);
  const scheduled = scheduleMark.exec(before);
  return { text: before.slice(0, scheduled?.index).trim(), run: match[1] ?? null, schedule: scheduled?.[1] ?? null };
}

/** A state of a root file system: what is there now, or what a snapshot holds. */
export type Moment = { readonly at: "now" } | { readonly at: "snapshot"; readonly name: string };

/** Why a snapshot name is not one, or null when it is: Proxmox's rule, which every driver keeps (facts/proxmox.md). */
export function snapshotNameProblem(name: string): string | null {
  if (name === "current" || name === "vzdump") return `"${name}" is a name that Proxmox keeps for itself`;
  if (name.length < 2 || name.length > 40) return `it has ${name.length} characters, expected 2 to 40`;
  if (!/^[a-z][a-z0-9_-]+$/i.test(name)) return "expected a letter, then letters, digits, _ or -";
  return null;
}

export type ContainerState = "stopped" | "starting" | "running" | "stopping" | "frozen";

/** What can be done with snapshots of a container, which depends on where its root file system lies. */
export type SnapshotSupport =
  | { readonly can: "any" } // go back to any of them, newer ones stay
  | { readonly can: "newest" } // only to the newest; newer ones must be deleted first (ZFS)
  | { readonly can: "none"; readonly why: string };

/** What a clone of a container can begin with. */
export type CloneSupport =
  | { readonly can: "any" } // a snapshot, or what is there now, also while it runs
  | { readonly can: "snapshot or stopped" } // a snapshot, or what is there now while it is stopped
  | { readonly can: "stopped"; readonly why: string }; // only what is there now, while it is stopped

/** A container as it is on the host now. */
export interface Container {
  readonly ctid: Ctid;
  readonly name: string;
  readonly state: ContainerState;
  /** The platform's lock, for example "backup"; null when free. */
  readonly lock: string | null;
  readonly settings: Settings;
  /** True when it can reach a GPU in its live configuration, whatever the manifest says. */
  readonly gpu_access: boolean;
  readonly attachments: readonly Attachment[];
  /** Volumes that belong to it and are not attached, as the platform calls them. */
  readonly detached: readonly string[];
  /** Oldest first. */
  readonly snapshots: readonly Snapshot[];
  readonly snapshot_support: SnapshotSupport;
  readonly clone_support: CloneSupport;
}

/** What the platform itself starts when the host boots. */
export type Autostart =
  | { readonly by: "nothing" }
  // What has the setting onboot; how depends on the version, which the owner may have to say. What is under HA is its manager's, whatever onboot says.
  | {
      readonly by: "proxmox";
      readonly version: string;
      readonly known: "installed" | "said" | "assumed";
      readonly under_ha: ReadonlySet<Ctid>;
    };

/** Everything that a host has, seen at one moment. */
export interface Inventory {
  readonly containers: ReadonlyMap<Ctid, Container>;
  /** Ids on the host that are virtual machines, with whether they run. */
  readonly machines: ReadonlyMap<number, "running" | "stopped">;
  readonly autostart: Autostart;
  /** Bytes free where root file systems lie, by the manifest's pool name; "" is the default pool. Absent: unknown. */
  readonly free_bytes: ReadonlyMap<string, number>;
}
