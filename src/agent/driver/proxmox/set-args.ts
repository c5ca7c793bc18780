import { networkText, parseNetwork, type SettingChange, type SettingKey } from "../../domain/container.ts";
import { gpuArgs } from "./gpu-args.ts";
import { parseProperty, propertyText } from "./property.ts";

/** Options of `pct set`: what is set, and the keys that are deleted. */
export interface SetArgs {
  readonly set: readonly (readonly [key: string, value: string])[];
  readonly deleted: readonly string[];
}

/** How a setting is written; null for what pct set can't do, or what is not its business. */
type Writer = (to: string, fields: ReadonlyMap<string, string>, gpuDevices: readonly string[]) => SetArgs;

const plain =
  (key: string): Writer =>
  (to) =>
    to === "" ? { set: [], deleted: [key] } : { set: [[key, to]], deleted: [] };
const none: Writer = () => ({ set: [], deleted: [] });

const writers: Readonly<Record<SettingKey, Writer>> = {
  hostname: plain("hostname"),
  memory_mb: plain("memory"),
  swap_mb: plain("swap"),
  cores: plain("cores"),
  disk_gb: none, // pct resize
  network: (to, fields) => plain("net0")(to === "" ? "" : net0(to, fields.get("net0") ?? ""), fields, []),
  nameserver: plain("nameserver"),
  options: plain("features"),
  gpus: gpuArgs,
  raw: none, // raw-lines.ts
  onboot: plain("onboot"),
  startup: plain("startup"),
};

/** What pct set has to be given for these changes; `fields` are the container's as they are, `gpuDevices` those that the host has. */
export function setArgs(changes: readonly SettingChange[], fields: ReadonlyMap<string, string>, gpuDevices: readonly string[]): SetArgs {
  const parts = changes.map(({ key, to }) => writers[key](to, fields, gpuDevices));
  const gone = (key: string) => fields.has(key); // pct complains about what is not there
  return { set: parts.flatMap(({ set }) => set), deleted: parts.flatMap(({ deleted }) => deleted).filter(gone) };
}

/** The words after `pct set N`. */
export function optionsOf({ set, deleted }: SetArgs): readonly string[] {
  return [...set.flatMap(([key, value]) => [`--${key}`, value]), ...(deleted.length === 0 ? [] : ["--delete", deleted.join(",")])];
}

/** net0 with what the manifest says; what it says nothing about (firewall, tag, mtu, …) stays, and so does a hardware address that Proxmox has made up. */
function net0(wanted: string, live: string): string {
  const canonical = new Set(["name", "bridge", "hwaddr", "ip", "gw"]);
  const old = parseProperty(live, "name-is-no-first-value").fields;
  const network = parseNetwork(wanted);
  const text = networkText({ ...network, hwaddr: network.hwaddr ?? old.get("hwaddr") ?? null });
  const fields = new Map([...parseProperty(text, "").fields, ...[...old].filter(([key]) => !canonical.has(key))]);
  return propertyText({ first: "", fields });
}
