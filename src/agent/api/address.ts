import { isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { splitAddress } from "../config/listen.ts";

/** The parts of a setting that was checked. */
export function parseListen(text: string): { readonly host: string; readonly port: number } {
  const parts = splitAddress(text);
  if (parts === null) throw new Error(`listen: ${text}`);
  return parts;
}

/** The address at the other end; an IPv4 address is one, also where IPv6 has wrapped it. Empty when it has gone. */
export function addressOf({ remoteAddress }: { readonly remoteAddress?: string | undefined }): string {
  return (remoteAddress ?? "").replace(/^::ffff:(?=[\d.]+$)/i, "");
}

/** Whose address it is: of IPv6 everybody has as many as they like, so the network counts, /64. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = "", tail] = (address.split("%")[0] ?? "").split("::");
  const front = head === "" ? [] : head.split(":");
  const back = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : 8 - front.length - back.length;
  const groups = [...front, ...Array.from({ length: Math.max(0, zeros) }, () => "0"), ...back];
  return `${groups.slice(0, 4).join(":")}::/64`;
}

/** Where others reach what listens on host:port: itself, or, where it listens on every address, those of this machine. 8 at most. */
export function reachable(listen: string, hostname: string, interfaces = networkInterfaces()): readonly string[] {
  const { host, port } = parseListen(listen);
  if (host !== "0.0.0.0" && host !== "::") return [isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`];
  const found = Object.values(interfaces).flatMap((each) => each ?? []);
  const usable = found.filter(({ internal, address }) => !internal && !address.startsWith("fe80:") && !address.startsWith("169.254."));
  const v4 = usable.filter(({ family }) => family === "IPv4").map(({ address }) => address);
  const v6 = host === "::" ? usable.filter(({ family }) => family === "IPv6").map(({ address }) => `[${address}]`) : [];
  return [...new Set([...v4, ...v6, hostname])].slice(0, 8).map((each) => `${each}:${port}`);
}
