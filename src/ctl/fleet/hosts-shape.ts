// By hand instead of with zod: every command that knows hosts reads them first, and zod takes longer to load than all of this.
import { isAbsolute, normalize } from "node:path";
import { namePattern } from "./host-name.ts";
import { noHosts, type HostEntry, type Hosts } from "./hosts.ts";

/** What a text says about hosts, or everything that is wrong with it: a path and what was expected, each. */
export type Reading = { readonly kind: "good"; readonly hosts: Hosts } | { readonly kind: "bad"; readonly problems: readonly string[] };

type Report = (path: string, message: string) => void;

/** Reads the text of the file of hosts. */
export function readHosts(text: string): Reading {
  const problems: string[] = [];
  const report: Report = (path, message) => problems.push(path === "" ? message : `${path}: ${message}`);
  const hosts = parse(text, report);
  return problems.length > 0 ? { kind: "bad", problems } : { kind: "good", hosts };
}

/** The text for hosts. */
export function hostsText(hosts: Hosts): string {
  return `${JSON.stringify(hosts, null, 2)}\n`;
}

function parse(text: string, report: Report): Hosts {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (thrown) {
    report("", `not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    return noHosts;
  }
  const root = record(found, "", report);
  keys(root, "", ["default", "hosts", "groups"], report);
  const hosts = record(root["hosts"] ?? {}, "hosts", report);
  const groups = record(root["groups"] ?? {}, "groups", report);
  for (const [space, all] of [["hosts", hosts] as const, ["groups", groups] as const]) {
    for (const name of Object.keys(all)) {
      if (!namePattern.test(name)) report(`${space}.${name}`, "expected a name of letters, digits, . _ and -, a letter first");
    }
  }
  for (const name of Object.keys(groups)) if (Object.hasOwn(hosts, name)) report(`groups.${name}`, "a host has this name already");
  return {
    default: defaultOf(root["default"] ?? null, [...Object.keys(hosts), ...Object.keys(groups)], report),
    hosts: Object.fromEntries(Object.entries(hosts).map(([name, value]) => [name, entry(value, `hosts.${name}`, report)])),
    groups: Object.fromEntries(
      Object.entries(groups).map(([name, value]) => [name, members(value, `groups.${name}`, Object.keys(hosts), report)]),
    ),
  };
}

function defaultOf(value: unknown, known: readonly string[], report: Report): string | null {
  if (value === null || (typeof value === "string" && known.includes(value))) return value;
  report("default", `expected the name of a host or a group, or null, got ${shown(value)}`);
  return null;
}

function members(value: unknown, path: string, known: readonly string[], report: Report): string[] {
  const names = strings(value, path, report);
  names.forEach((name, index) => {
    if (!known.includes(name)) report(`${path}[${index}]`, `expected the name of a host, got ${shown(name)}`);
  });
  return names;
}

function entry(value: unknown, path: string, report: Report): HostEntry {
  const found = record(value, path, report);
  if (found["kind"] === "socket") {
    keys(found, path, ["kind", "socket"], report);
    return { kind: "socket", socket: check(found["socket"], `${path}.socket`, "an absolute path", isAbsolute, report) };
  }
  if (found["kind"] !== "tls") report(`${path}.kind`, `expected "socket" or "tls", got ${shown(found["kind"])}`);
  else keys(found, path, ["kind", "addresses", "ca_pins", "credentials"], report);
  if (found["kind"] !== "tls") return { kind: "socket", socket: "" };
  const list = (key: string, expected: string, good: (text: string) => boolean) => {
    const texts = strings(found[key], `${path}.${key}`, report);
    return texts.map((text, index) => check(text, `${path}.${key}[${index}]`, expected, good, report));
  };
  return {
    kind: "tls",
    addresses: list("addresses", "HOST:PORT", isAddress),
    ca_pins: list("ca_pins", "sha256: and 64 hex digits", isPin),
    credentials: check(found["credentials"], `${path}.credentials`, "the name of a folder beside this file", isInside, report),
  };
}

/** HOST:PORT, where HOST is a name, an IPv4 address, or an IPv6 address in brackets. */
export function isAddress(text: string): boolean {
  const match = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?):(\d{1,5})$/.exec(text);
  return match !== null && Number(match[1]) >= 1 && Number(match[1]) <= 65_535;
}

/** The fingerprint of a CA. */
export function isPin(text: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

function isInside(text: string): boolean {
  return text !== "" && !isAbsolute(text) && normalize(text) === text && !text.startsWith("..") && text !== ".";
}

function check(value: unknown, path: string, expected: string, good: (text: string) => boolean, report: Report): string {
  if (typeof value === "string" && good(value)) return value;
  report(path, `expected ${expected}, got ${shown(value)}`);
  return "";
}

function strings(value: unknown, path: string, report: Report): string[] {
  if (Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === "string")) return value;
  report(path, `expected a list of texts, at least one, got ${shown(value)}`);
  return [];
}

function record(value: unknown, path: string, report: Report): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  report(path, `expected an object, got ${shown(value)}`);
  return {};
}

function keys(found: Readonly<Record<string, unknown>>, path: string, known: readonly string[], report: Report): void {
  for (const key of Object.keys(found)) {
    if (!known.includes(key)) report(path === "" ? key : `${path}.${key}`, `unknown; expected only ${known.join(", ")}`);
  }
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
