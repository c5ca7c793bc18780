import { isIP } from "node:net";
import { hasControl } from "./shape.ts";

// What may stand in the manifest's texts. Each is true when the text is fine.

/** A host name: labels of letters, digits and hyphens, separated by dots. */
export function isHostname(name: string): boolean {
  return name.length <= 253 && name.split(".").every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(label));
}

/** A plain file name: no folder in it, nor anything that leads out of one. */
export function isFileName(name: string): boolean {
  const bytes = Buffer.byteLength(name);
  return bytes > 0 && bytes <= 255 && !/[/\\]/.test(name) && !/^[.-]/.test(name) && !hasControl(name) && name.isWellFormed();
}

/** A name for a feature: it becomes a part of file names and of ledger keys. */
export function isFeatureName(name: string): boolean {
  return /^[a-z0-9][a-z0-9_.-]{0,63}$/i.test(name);
}

/** A name for a data volume: it becomes a part of what the platform calls it. */
export function isVolumeName(name: string): boolean {
  return /^[a-z0-9][a-z0-9_.-]{0,63}$/i.test(name);
}

/** What a pool may be called: Proxmox's storage ids, and datasets. */
export function isPoolName(name: string): boolean {
  return /^[a-z0-9][a-z0-9_./-]*$/i.test(name) && !name.includes("..");
}

/** An absolute path without detours, and not the root. A comma would end the value in Proxmox's configuration. */
export function isCleanPath(path: string): boolean {
  const [root, ...parts] = path.replace(/\/$/, "").split("/");
  return (
    root === "" && parts.length > 0 && parts.every((part) => !["", ".", ".."].includes(part)) && !path.includes(",") && !hasControl(path)
  );
}

/** An address with the length of its network: 10.0.0.2/24. */
export function isCidr(text: string): boolean {
  const [address = "", length = "", ...more] = text.split("/");
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return more.length === 0 && /^\d{1,3}$/.test(length) && Number(length) <= bits;
}

export function isAddress(text: string): boolean {
  return isIP(text) !== 0;
}

/** A hardware address of one station: the lowest bit of its first byte says that it is of a group. */
export function isMac(text: string): boolean {
  return /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/i.test(text);
}

export function isInterfaceName(name: string): boolean {
  return /^[a-z0-9][a-z0-9_.-]{0,14}$/i.test(name);
}
