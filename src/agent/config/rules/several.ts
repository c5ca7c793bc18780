import { parseNetwork, type Ctid } from "../../domain/container.ts";
import type { ContainerConfig } from "../manifest-types.ts";
import { listed } from "../shape.ts";
import { error, warning, type Containers, type Rule } from "./rule.ts";

// What containers must not have in common.

/** Who has the same name, hardware address, address or GPU. */
export function having(configs: ReadonlyMap<Ctid, ContainerConfig>): Containers["having"] {
  const by = (keys: (config: ContainerConfig) => readonly (string | null)[]) => {
    const found = [...configs.values()].flatMap((config) =>
      keys(config).flatMap((key) => (key === null ? [] : [{ key, ctid: config.ctid }])),
    );
    const groups = Map.groupBy(found, ({ key }) => key);
    return new Map([...groups].map(([key, members]) => [key, members.map(({ ctid }) => ctid).toSorted((a, b) => a - b)]));
  };
  return {
    name: by((config) => [nameOf(config)]),
    mac: by((config) => [macOf(config)]),
    address: by((config) => [addressOf(config)]),
    gpuAtBoot: by(({ gpus, boot }) => (boot.start ? gpus.map(String) : [])),
  };
}

export const uniqueName: Rule = (config, all) => {
  const others = (all.having.name.get(nameOf(config)) ?? []).filter((ctid) => ctid !== config.ctid);
  return others.length === 0
    ? []
    : [error(["name"], `"${config.name}" is also the name of ${listed(others, "and")}; expected a name of its own`)];
};

export const uniqueMac: Rule = (config, all) => {
  const others = earlier(config, all.having.mac.get(macOf(config) ?? ""));
  return others.length === 0 ? [] : [warning(["mac_address"], `${listed(others, "and")} has the hardware address ${macOf(config)} too`)];
};

export const uniqueAddress: Rule = (config, all) => {
  const others = earlier(config, all.having.address.get(addressOf(config) ?? ""));
  return others.length === 0
    ? []
    : [warning(["network_config", "ip"], `${listed(others, "and")} has the address ${addressOf(config)} too`)];
};

/** Said once for each GPU, where the first of them is. */
export const sharedGpu: Rule = (config, all) =>
  config.gpus.flatMap((gpu) => {
    const holders = all.having.gpuAtBoot.get(String(gpu)) ?? [];
    if (holders.length < 2 || holders[0] !== config.ctid) return [];
    return [
      warning(["gpu_assignment"], `GPU ${gpu} is given to ${listed(holders, "and")}, which all start at boot: they share its memory`),
    ];
  });

/** Such a thing is said once for each pair, at the later one. */
function earlier(config: ContainerConfig, ctids: readonly Ctid[] = []): readonly Ctid[] {
  return ctids.filter((ctid) => ctid < config.ctid);
}

function nameOf({ name }: ContainerConfig): string {
  return name.toLowerCase();
}

function macOf({ settings }: ContainerConfig): string | null {
  return parseNetwork(settings.network ?? "").hwaddr;
}

function addressOf({ settings }: ContainerConfig): string | null {
  const ip = parseNetwork(settings.network ?? "").ip;
  return ip === null || ip === "dhcp" ? null : ip.slice(0, ip.indexOf("/"));
}
