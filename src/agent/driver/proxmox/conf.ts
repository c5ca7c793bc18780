/**
 * A container's N.conf as a value (facts/proxmox.md, "Configuration file"): the main section, then sections that begin with a
 * line that starts with "[". Lines are kept with their ends, so that printing gives every byte back that was not edited.
 */
export interface Conf {
  readonly main: readonly string[];
  readonly sections: readonly Section[];
}

export interface Section {
  /** "pve:pending", or a snapshot's name. */
  readonly name: string;
  readonly header: string;
  readonly lines: readonly string[];
}

/** A setting of a section. Raw LXC lines have a key that starts with "lxc.". */
export interface Entry {
  readonly key: string;
  readonly value: string;
}

/** Takes anything; the reverse is printConf. */
export function parseConf(text: string): Conf {
  const lines = text.split(/(?<=\n)/).filter((line) => line !== "");
  const starts = lines.flatMap((line, at) => (line.startsWith("[") ? [at] : []));
  const sections = starts.map((start, index) => {
    const header = lines[start] ?? "";
    const name = /^\[(.*)\]\s*$/.exec(header)?.[1] ?? header.trim();
    return { name, header, lines: lines.slice(start + 1, starts[index + 1]) };
  });
  return { main: lines.slice(0, starts[0]), sections };
}

export function printConf(conf: Conf): string {
  return [...conf.main, ...conf.sections.flatMap(({ header, lines }) => [header, ...lines])].join("");
}

/** A line as Proxmox reads it; null for comments, empty lines and what it can't read either. */
export function entryOf(line: string): Entry | null {
  const raw = /^(lxc\.[a-z0-9_.-]+)(?::|\s*=)\s*(.*?)\s*$/i.exec(line);
  if (raw !== null) return { key: raw[1] ?? "", value: raw[2] ?? "" };
  const plain = /^([a-z][a-z_]*\d*):\s*(.+?)\s*$/.exec(line);
  return plain === null ? null : { key: plain[1] ?? "", value: plain[2] ?? "" };
}

/** The settings in these lines, in their order. */
export function entriesOf(lines: readonly string[]): readonly Entry[] {
  return lines.flatMap((line) => entryOf(line) ?? []);
}

/** The plain settings by key, raw LXC lines left out; the last of a key counts, as for Proxmox. */
export function fieldsOf(lines: readonly string[]): ReadonlyMap<string, string> {
  return new Map(entriesOf(lines).flatMap(({ key, value }) => (isRaw(key) ? [] : [[key, value] as const])));
}

/** The raw LXC lines: these may repeat their key. */
export function rawOf(lines: readonly string[]): readonly Entry[] {
  return entriesOf(lines).filter(({ key }) => isRaw(key));
}

/** The fields as they will be after the next start: the main section with what [pve:pending] changes and deletes in it. */
export function pendingFields(conf: Conf): ReadonlyMap<string, string> {
  const fields = new Map(fieldsOf(conf.main));
  for (const section of conf.sections.filter(({ name }) => name.toLowerCase() === pendingName)) {
    const pending = fieldsOf(section.lines);
    for (const key of (pending.get("delete") ?? "").split(/[\s,;]+/)) fields.delete(key.replace(/^!/, ""));
    for (const [key, value] of pending) if (key !== "delete") fields.set(key, value);
  }
  return fields;
}

/** The sections that are snapshots, as they stand in the file: by name, not by age. Others, "[pve:pending]" for one, have names that no snapshot can have. */
export function snapshotSections(conf: Conf): readonly Section[] {
  return conf.sections.filter(({ name }) => /^[a-z][a-z0-9_-]+$/i.test(name));
}

/** The description that is in these lines: "#" comments, percent-encoded (facts). */
export function descriptionOf(lines: readonly string[]): string {
  const comments = lines.flatMap((line) => (line.startsWith("#") ? [decoded(line.slice(1).replace(/\r?\n$/, ""))] : []));
  return comments.join("\n");
}

/** Takes the lines of the main section away that the test holds for. */
export function without(conf: Conf, gone: (entry: Entry) => boolean): Conf {
  return { ...conf, main: remaining(conf.main, gone) };
}

/** The same in a snapshot's section. */
export function withoutIn(conf: Conf, name: string, gone: (entry: Entry) => boolean): Conf {
  return inSection(conf, name, (lines) => remaining(lines, gone));
}

/** The lines of these, without their ends, that the test holds for. */
export function linesOf(lines: readonly string[], wanted: (entry: Entry) => boolean): readonly string[] {
  return lines.filter((line) => holds(line, wanted)).map((line) => line.replace(/\r?\n$/, ""));
}

/** Puts a line into the main section, where Proxmox itself would write it: plain settings by their names, raw ones last. */
export function withLine(conf: Conf, line: string): Conf {
  return { ...conf, main: added(conf.main, line) };
}

/** The same in a snapshot's section. */
export function withLineIn(conf: Conf, name: string, line: string): Conf {
  return inSection(conf, name, (lines) => added(lines, line));
}

function inSection(conf: Conf, name: string, edit: (lines: readonly string[]) => readonly string[]): Conf {
  return {
    ...conf,
    sections: conf.sections.map((section) => (section.name === name ? { ...section, lines: edit(section.lines) } : section)),
  };
}

function remaining(lines: readonly string[], gone: (entry: Entry) => boolean): readonly string[] {
  return lines.filter((line) => !holds(line, gone));
}

function added(lines: readonly string[], line: string): readonly string[] {
  const end = lines[0]?.endsWith("\r\n") ? "\r\n" : "\n";
  const whole = lines.map((each, at) => (at === lines.length - 1 && !each.endsWith("\n") ? `${each}${end}` : each));
  const at = placeOf(whole, entryOf(line)?.key ?? "");
  return [...whole.slice(0, at), `${line}${end}`, ...whole.slice(at)];
}

const pendingName = "pve:pending";

function placeOf(lines: readonly string[], key: string): number {
  const follows = (line: string) => {
    const other = entryOf(line)?.key;
    return other !== undefined && !isRaw(key) && (isRaw(other) || other > key);
  };
  const next = lines.findIndex(follows);
  if (next >= 0) return next;
  // At the end of the section, before the empty lines that set it off from the next one.
  const last = lines.findLastIndex((line) => line.trim() !== "");
  return last + 1;
}

function holds(line: string, test: (entry: Entry) => boolean): boolean {
  const entry = entryOf(line);
  return entry !== null && test(entry);
}

function isRaw(key: string): boolean {
  return key.startsWith("lxc.");
}

/** Percent-encoding of UTF-8, with anything malformed left as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
}
