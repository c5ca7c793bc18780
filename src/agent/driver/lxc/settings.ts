import { networkText, parseNetwork, settingKeys, type SettingKey, type Settings } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";
import { isRaw, line, rawLines, rawSettings, valueOf, type Line } from "./config.ts";
import { gpuLineIn, gpuLines, gpusOf } from "./gpu.ts";
import type { Home } from "./paths.ts";

/** What the host has, as far as the lines depend on it. */
export interface HostFacts {
  /** Where the kernel counts swap by the old cgroups, without which the line would fail a start. */
  readonly counts_swap: boolean;
  /** Lines that give access to the GPUs besides the devices themselves. */
  readonly gpu_majors: readonly number[];
}

const period = 100_000;
const networkKeys = ["type", "link", "flags", "name", "hwaddr", "ipv4.address", "ipv4.gateway"].map((key) => `lxc.net.0.${key}`);
/** Docker and systemd inside want their own proc and sys (as in LXC's nesting.conf). */
const nesting = ["proc dev/.lxc/proc proc create=dir,optional 0 0", "sys dev/.lxc/sys sysfs create=dir,optional 0 0"];

/** Keys of lines that belong to settings, and to nothing else. */
const owned = new Set([
  "lxc.uts.name",
  "phoenix.nameserver",
  "phoenix.options",
  "phoenix.ip",
  ...["limit_in_bytes", "memsw.limit_in_bytes"].map((key) => `lxc.cgroup.memory.${key}`),
  ...["max", "swap.max"].map((key) => `lxc.cgroup2.memory.${key}`),
  ...["cfs_period_us", "cfs_quota_us"].map((key) => `lxc.cgroup.cpu.${key}`),
  "lxc.cgroup2.cpu.max",
  ...networkKeys,
]);

/** The settings that a config has. */
export function settingsOf(lines: readonly Line[]): Settings {
  const found: Partial<Record<SettingKey, string>> = {};
  const read: Readonly<Record<SettingKey, string | null>> = {
    hostname: valueOf(lines, "lxc.uts.name"),
    memory_mb: mebibytes(valueOf(lines, "lxc.cgroup2.memory.max")),
    swap_mb: mebibytes(valueOf(lines, "lxc.cgroup2.memory.swap.max")),
    cores: coresOf(valueOf(lines, "lxc.cgroup2.cpu.max")),
    disk_gb: "Infinity", // a root file system has the space of the whole pool
    network: networkOf(lines),
    nameserver: valueOf(lines, "phoenix.nameserver"),
    options: valueOf(lines, "phoenix.options"),
    gpus: gpusOf(lines),
    raw: rawSettings(lines).join("\n") || null,
    onboot: null, // nothing starts containers of our pool at boot, but the agent
    startup: null,
  };
  for (const key of settingKeys) {
    const value = read[key];
    if (value !== null) found[key] = value;
  }
  return found;
}

/** The config with these settings in place of its own ones; all other lines stay, in their order. Fault INVALID for a value that is none. */
export function withSettings(lines: readonly Line[], settings: Settings, home: Home, facts: HostFacts): readonly Line[] {
  const isGpuLine = gpuLineIn(lines);
  const resolv = `${home.resolv} `;
  const ours = (candidate: Line) =>
    isRaw(candidate) ||
    owned.has(candidate.key) ||
    isGpuLine(candidate) ||
    (candidate.key === "lxc.mount.entry" && (candidate.value.startsWith(resolv) || nesting.includes(candidate.value)));
  return [...lines.filter((candidate) => !ours(candidate)), ...settingLines(settings, home, facts)];
}

function settingLines(settings: Settings, home: Home, facts: HostFacts): readonly Line[] {
  const { hostname, nameserver, options, gpus = "", raw = "" } = settings;
  const when = (value: string | undefined, lines: (value: string) => readonly Line[]) =>
    value === undefined || value === "" ? [] : lines(value);
  return [
    ...when(hostname, (value) => [line("lxc.uts.name", value)]),
    ...memoryLines(settings, facts),
    ...when(settings.cores, (value) => {
      const quota = count("cores", value) * period;
      return [
        line("lxc.cgroup.cpu.cfs_period_us", String(period)),
        line("lxc.cgroup.cpu.cfs_quota_us", String(quota)),
        line("lxc.cgroup2.cpu.max", `${quota} ${period}`),
      ];
    }),
    ...networkLines(settings.network ?? ""),
    ...when(nameserver, (value) => [
      line("phoenix.nameserver", value),
      line("lxc.mount.entry", `${home.resolv} etc/resolv.conf none bind,optional,create=file 0 0`),
    ]),
    ...when(options, (value) => [
      line("phoenix.options", value),
      ...(value.split(",").includes("nesting=1") ? nesting.map((entry) => line("lxc.mount.entry", entry)) : []),
    ]),
    ...gpuLines(gpus, facts.gpu_majors),
    ...rawLines(raw === "" ? [] : raw.split("\n")),
  ];
}

/** Both spellings, for old and new cgroups (facts/lxc.md). The old one counts memory and swap together. */
function memoryLines({ memory_mb = "", swap_mb = "" }: Settings, facts: HostFacts): readonly Line[] {
  const memory = memory_mb === "" ? null : count("memory_mb", memory_mb);
  const swap = swap_mb === "" ? null : count("swap_mb", swap_mb);
  return [
    ...(memory === null ? [] : [line("lxc.cgroup.memory.limit_in_bytes", `${memory}M`), line("lxc.cgroup2.memory.max", `${memory}M`)]),
    ...(memory === null || swap === null || !facts.counts_swap
      ? []
      : [line("lxc.cgroup.memory.memsw.limit_in_bytes", `${memory + swap}M`)]),
    ...(swap === null ? [] : [line("lxc.cgroup2.memory.swap.max", `${swap}M`)]),
  ];
}

function networkLines(text: string): readonly Line[] {
  const at = (key: string, value: string | null) => (value === null ? [] : [line(`lxc.net.0.${key}`, value)]);
  if (text === "") return [...at("type", "empty"), ...at("flags", "up")];
  const { name, bridge, ip, gateway, hwaddr } = parseNetwork(text);
  const address = ip === "dhcp" ? [line("phoenix.ip", "dhcp")] : at("ipv4.address", ip); // a client inside asks for it
  const wire = [...at("type", "veth"), ...at("link", bridge), ...at("flags", "up"), ...at("name", name), ...at("hwaddr", hwaddr)];
  return [...wire, ...address, ...at("ipv4.gateway", gateway)];
}

function networkOf(lines: readonly Line[]): string | null {
  const of = (key: string) => valueOf(lines, `lxc.net.0.${key}`);
  if (of("type") !== "veth") return null;
  const ip = of("ipv4.address") ?? valueOf(lines, "phoenix.ip");
  return networkText({ name: of("name") ?? "eth0", bridge: of("link") ?? "", ip, gateway: of("ipv4.gateway"), hwaddr: of("hwaddr") });
}

function count(key: SettingKey, value: string): number {
  if (!/^\d{1,9}$/.test(value))
    throw new Fault("INVALID", `${key} is ${JSON.stringify(value)}, expected a whole number`, "Correct it in the manifest.");
  return Number(value);
}

function mebibytes(value: string | null): string | null {
  const match = /^(\d+)([KMG]?)$/i.exec(value ?? "");
  if (match === null) return null;
  const shift = { "": 1 / 1024 / 1024, K: 1 / 1024, M: 1, G: 1024 }[(match[2] ?? "").toUpperCase()] ?? 1;
  return String(Math.round(Number(match[1]) * shift));
}

function coresOf(value: string | null): string | null {
  const [quota = "", of = String(period)] = (value ?? "").split(" ");
  return /^\d+$/.test(quota) ? String(Number(quota) / Number(of)) : null;
}
