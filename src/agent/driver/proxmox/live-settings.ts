import { networkText, parseNetwork, type Settings } from "../../domain/container.ts";
import { parseStartup, startupText } from "../../domain/startup.ts";
import { rawOf, type Conf } from "./conf.ts";
import { gpusText } from "./gpu.ts";
import { isOn, parseProperty, sizeGb } from "./property.ts";

/**
 * The settings of a container as canonical texts. `fields` are those that will hold after the next start: what pct has only put
 * down as pending is set, as far as anybody who sets it is concerned.
 */
export function settingsOf(conf: Conf, fields: ReadonlyMap<string, string>): Settings {
  const field = (key: string) => fields.get(key);
  const network = field("net0");
  const features = field("features");
  const raw = rawOf(conf.main).map(({ key, value }) => `${key}=${value}`);
  const gpus = gpusText([...[...fields].map(([key, value]) => ({ key, value })), ...rawOf(conf.main)]);
  return present({
    hostname: field("hostname"),
    memory_mb: /^\d+/.exec(field("memory") ?? "")?.[0],
    swap_mb: field("swap"),
    cores: field("cores"),
    disk_gb: diskGb(field("rootfs")),
    network: network === undefined ? undefined : networkText(parseNetwork(network)),
    nameserver: field("nameserver")
      ?.split(/[\s,;]+/)
      .join(" "),
    options: features === undefined ? undefined : features.split(",").toSorted().join(","),
    gpus: gpus === "" ? undefined : gpus,
    raw: raw.length === 0 ? undefined : raw.toSorted().join("\n"),
    onboot: isOn(field("onboot")) ? "1" : "0",
    startup: startupText(parseStartup(field("startup") ?? "")) || undefined,
  });
}

/** Infinity where nothing limits it: a subvolume on btrfs without quotas has "size=0T". */
function diskGb(rootfs: string | undefined): string | undefined {
  const size = sizeGb(parseProperty(rootfs ?? "", "volume").fields.get("size") ?? "");
  if (size === null) return undefined;
  return size === 0 ? "Infinity" : String(Number(size.toFixed(3)));
}

function present(settings: Readonly<Record<string, string | undefined>>): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
