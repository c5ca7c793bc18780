/** A part of a file like storage.cfg: "TYPE: NAME", and under it indented "key value" lines. */
export interface Part {
  readonly name: string;
  readonly type: string;
  readonly fields: ReadonlyMap<string, string>;
}

/** Takes such a file, and gives its parts by their names. Comments and what is of no part are passed over. */
export function parseParts(text: string): ReadonlyMap<string, Part> {
  const parts = new Map<string, Part>();
  let fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const header = /^([a-z][a-z0-9]*):\s*(\S+)\s*$/i.exec(line);
    const field = /^\s+(\S+)(?:\s+(.*?))?\s*$/.exec(line);
    if (header !== null) {
      fields = new Map();
      const [, type = "", name = ""] = header;
      parts.set(name, { name, type, fields });
    } else if (field !== null && !line.trim().startsWith("#")) {
      fields.set(field[1] ?? "", field[2] ?? "");
    }
  }
  return parts;
}
