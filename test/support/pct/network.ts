import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import type { Conf } from "./conf.ts";
import { Die } from "./output.ts";
import type { PctWorld } from "./world-file.ts";

function parse(value: string): Record<string, string> {
  return Object.fromEntries(value.split(",").map((part) => [part.split("=")[0] ?? "", part.split("=").slice(1).join("=")]));
}

/** A netN value as it is stored: name first, the rest sorted, with an address and the type (section "set", no such bridge). */
export function normaliseNet(value: string, fresh = false): string {
  const { name = "eth0", ...rest } = parse(value);
  const others: Record<string, string> = { ...rest, hwaddr: (fresh ? undefined : rest["hwaddr"]) ?? randomAddress(), type: "veth" };
  const keys = Object.keys(others).sort();
  return [`name=${name}`, ...keys.map((key) => `${key}=${others[key]}`)].join(",");
}

function randomAddress(): string {
  const tail = [...randomBytes(3)].map((byte) => byte.toString(16).toUpperCase().padStart(2, "0"));
  return ["BC", "24", "11", ...tail].join(":");
}

/** Dies when a bridge of a netN value is not there. */
export function checkBridge(world: PctWorld, value: string): void {
  const { bridge } = parse(value);
  if (bridge === undefined || world.bridges.includes(bridge) || existsSync(`/sys/class/net/${bridge}`)) return;
  throw new Die(`bridge '${bridge}' does not exist`, 2);
}

/** The same for all of a container's. */
export function checkBridges(world: PctWorld, conf: Conf): void {
  for (const [key, value] of Object.entries(conf.values)) if (/^net\d+$/.test(key)) checkBridge(world, value);
}
