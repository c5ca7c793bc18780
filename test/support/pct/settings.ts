// The properties of a container's configuration that pct create and pct set take, and how their values are checked.

export interface Parameter {
  readonly type: "integer" | "string" | "boolean" | "number";
  readonly minimum?: number;
  readonly maximum?: number;
  readonly values?: readonly string[];
  readonly max_length?: number;
  /** Says what is wrong with a value of the wrong format. */
  readonly format?: (value: string) => string | null;
  /** Another parameter of the call that may not stand beside this one. */
  readonly excludes?: string;
}

const label = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?";

/** Checks a DNS name (section "create", invalid hostname). */
function dnsName(value: string): string | null {
  return new RegExp(`^(${label}\\.)*${label}$`).test(value) ? null : "value does not look like a valid DNS name\n";
}

/** Checks startup (section "set"). */
function startupFormat(value: string): string | null {
  const fine = value.split(",").every((part) => /^((order=)?\d+|up=\d+|down=\d+)$/.test(part.trim()));
  return fine ? null : "unable to parse startup options\n";
}

function splitTags(value: string): string[] {
  return value.split(/[;,\s]+/).filter((tag) => tag !== "");
}

/** Checks tags (section "set"). */
function tagFormat(value: string): string | null {
  return splitTags(value).every((tag) => /^[a-z0-9_][a-z0-9_+.-]*$/i.test(tag)) ? null : "invalid characters in tag\n";
}

/** Tags as they are stored: lower case, sorted, each once (section "set", tags normalised). */
export function normaliseTags(value: string): string {
  return [...new Set(splitTags(value.toLowerCase()))].sort().join(";");
}

/** Name servers and search domains as they are stored. */
export function normaliseList(value: string): string {
  return splitTags(value).join(" ");
}

const text: Parameter = { type: "string" };
const flag: Parameter = { type: "boolean" };
const count = (minimum: number): Parameter => ({ type: "integer", minimum });

/** The order is that of the record's message, section "locks", lock nonsense. */
const LOCKS = ["backup", "create", "destroyed", "disk", "fstrim", "migrate", "mounted", "rollback", "snapshot", "snapshot-delete"];

const properties: Readonly<Record<string, Parameter>> = {
  arch: { type: "string", values: ["amd64", "i386", "arm64", "armhf", "riscv32", "riscv64"] },
  cmode: { type: "string", values: ["shell", "console", "tty"] },
  console: flag,
  cores: { type: "integer", minimum: 1, maximum: 8192 },
  cpulimit: { type: "number", minimum: 0, maximum: 8192 },
  cpuunits: count(0),
  debug: flag,
  description: text,
  features: text,
  hookscript: text,
  hostname: { type: "string", format: dnsName, max_length: 255 },
  lock: { type: "string", values: LOCKS },
  memory: count(16),
  nameserver: text,
  onboot: flag,
  ostype: {
    type: "string",
    values: ["debian", "devuan", "ubuntu", "centos", "fedora", "opensuse", "archlinux", "alpine", "gentoo", "nixos", "unmanaged"],
  },
  protection: flag,
  rootfs: text,
  searchdomain: text,
  startup: { type: "string", format: startupFormat },
  swap: count(0),
  tags: { type: "string", format: tagFormat },
  template: flag,
  timezone: text,
  tty: { type: "integer", minimum: 0, maximum: 6 },
  unprivileged: flag,
};

const numbered: Readonly<Record<string, number>> = { mp: 256, dev: 256, unused: 256, net: 32 };

/** What a property of the configuration takes; undefined for one that does not exist. */
export function property(key: string): Parameter | undefined {
  if (Object.hasOwn(properties, key)) return properties[key];
  const [, kind = "", number] = /^([a-z]+)(\d+)$/.exec(key) ?? [];
  return number !== undefined && Number(number) < (numbered[kind] ?? 0) ? text : undefined;
}

/** True for what may stand in N.conf. */
export function isKnownKey(key: string): boolean {
  return property(key) !== undefined || ["parent", "snaptime", "snapstate", "description", "delete"].includes(key);
}
