import { createHash } from "node:crypto";
import { decodeText, encodeText } from "./text.ts";
import { isKnownKey } from "./settings.ts";
import { dropUsed } from "./volumes.ts";

/** One section of N.conf. `description` is among the values, decoded, each of its lines ended by a newline. */
export interface Section {
  values: Record<string, string>;
  /** The raw lxc.* lines, in their order. */
  lxc: [string, string][];
}

/** N.conf. */
export interface Conf extends Section {
  pending: Section;
  snapshots: Record<string, Section>;
  digest: string;
}

/** An empty section. */
export function emptySection(): Section {
  return { values: {}, lxc: [] };
}

/** An empty configuration. Snapshots may have any name that starts with a letter, "constructor" too. */
export function emptyConf(): Conf {
  return { ...emptySection(), pending: emptySection(), snapshots: Object.create(null) as Record<string, Section>, digest: "" };
}

/** Reads a text of N.conf, and what Proxmox warns about it (section "raw lxc lines", garbage lines). */
export function parseConf(vmid: string, text: string): { conf: Conf; warnings: string[] } {
  const conf: Conf = { ...emptyConf(), digest: createHash("sha1").update(text).digest("hex") };
  const warnings: string[] = [];
  let section: Section = conf;
  let description = "";
  const endSection = (): void => {
    if (description !== "") section.values["description"] = description;
    description = "";
  };
  for (const line of text.split("\n")) {
    const header = /^\[(pve:pending|[a-z][a-z0-9_-]+)\]\s*$/i.exec(line)?.[1];
    if (/^\s*$/.test(line)) continue;
    if (header !== undefined) {
      endSection();
      section = header.toLowerCase() === "pve:pending" ? conf.pending : (conf.snapshots[header] = emptySection());
      continue;
    }
    const comment = /^#(.*?)\r?$/.exec(line);
    const lxc = /^(lxc\.[a-z0-9_.-]+)(?::|\s*=)\s*(.*?)\s*$/.exec(line);
    const value = /^([a-z][a-z_]*\d*):\s*(.+?)\s*$/.exec(line);
    if (comment) description += `${decodeText(comment[1] ?? "")}\n`;
    else if (lxc) section.lxc.push([lxc[1] ?? "", lxc[2] ?? ""]);
    else if (value) {
      const [, key = "", text = ""] = value;
      if (key === "description") description += decodeText(text);
      else section.values[key] = text;
      if (!isKnownKey(key)) warnings.push(`vm ${vmid} - unable to parse value of '${key}' - unknown setting '${key}'\n`);
    } else warnings.push(`vm ${vmid} - unable to parse config: ${line}\n`);
  }
  endSection();
  return { conf, warnings };
}

/** The keys of a section in the order in which Proxmox prints and writes them. */
export function sortedKeys(values: Record<string, unknown>): string[] {
  return Object.keys(values).sort((a, b) => (a < b ? -1 : 1));
}

function formatSection({ values, lxc }: Section): string {
  const description = (values["description"] ?? "").replace(/\n+$/, "");
  const comments = description === "" ? [] : description.split("\n").map((line) => `#${encodeText(line)}`);
  const lines = sortedKeys(values)
    .filter((key) => key !== "description")
    .map((key) => `${key}: ${values[key]}`);
  return [...comments, ...lines, ...lxc.map(([key, value]) => `${key}: ${value}`)].map((line) => `${line}\n`).join("");
}

/**
 * Writes N.conf as Proxmox does: sorted, the description first, then pending changes, then the snapshots by name. Lines unusedN of
 * volumes that are mounted are dropped.
 */
export function formatConf(conf: Conf): string {
  dropUsed(conf);
  const { pending, snapshots } = conf;
  const sections = sortedKeys(snapshots).map((name) => `\n[${name}]\n${formatSection(snapshots[name] ?? emptySection())}`);
  const changes = Object.keys(pending.values).length === 0 ? "" : `\n[pve:pending]\n${formatSection(pending)}`;
  return formatSection(conf) + changes + sections.join("");
}
