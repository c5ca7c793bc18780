import { isIP } from "node:net";

/** address:port in its parts; null when it is something else. An IPv6 address is in brackets. */
export function splitAddress(text: string): { readonly host: string; readonly port: number } | null {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2] ?? "";
  const family = isIP(host);
  const port = Number(match?.[3]);
  return family === 0 || (family === 6) !== text.startsWith("[") || port > 65_535 ? null : { host, port };
}
