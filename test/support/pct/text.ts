/** Percent-encodes a line of a description as Proxmox stores it: control characters, `%`, `:` and all that is not ASCII. */
export function encodeText(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\x00-\x1f%:\x7f]|[^\x00-\x7f]/gu, (character) =>
    [...Buffer.from(character, "utf8")].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
}

/** The opposite of encodeText; what is no valid encoding stays as it is. */
export function decodeText(text: string): string {
  const bytes: number[] = [];
  const raw = Buffer.from(text, "utf8");
  for (let at = 0; at < raw.length; at++) {
    const hex = raw.toString("latin1", at, at + 3);
    if (/^%[0-9a-f]{2}$/i.test(hex)) {
      bytes.push(Number.parseInt(hex.slice(1), 16));
      at += 2;
    } else bytes.push(raw[at] ?? 0);
  }
  return Buffer.from(bytes).toString("utf8");
}
