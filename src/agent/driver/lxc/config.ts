import { Fault } from "../../domain/errors.ts";

/**
 * A line of a container's config. What LXC has no key for stands in comments of the form `# phoenix.key = value`, which
 * have the key "phoenix.key" here. Other comments and blank lines have the key "" and are kept as they are.
 */
export interface Line {
  readonly key: string;
  readonly value: string;
  /** True for the raw lines of the manifest: they stand behind a `# phoenix.raw` that lists them. */
  readonly raw: boolean;
}

const rawKey = "phoenix.raw";

/** A line that the driver writes. Fault INVALID when the value has control characters, which could smuggle in other lines. */
export function line(key: string, value: string): Line {
  if (/\p{Cc}/u.test(value))
    throw new Fault("INVALID", `${key} has control characters in it: ${JSON.stringify(value)}`, "Take them out of the manifest.");
  return { key, value, raw: false };
}

/** The lines for the manifest's raw settings, "key=value" each. Fault INVALID for one that is no lxc setting. */
export function rawLines(raws: readonly string[]): readonly Line[] {
  if (raws.length === 0) return [];
  const lines = raws.map((raw) => {
    const at = raw.indexOf("=");
    const key = raw.slice(0, Math.max(at, 0)).trim();
    if (!/^lxc\.[a-z0-9_.]+$/.test(key))
      throw new Fault("INVALID", `${JSON.stringify(raw)} is not an lxc setting`, 'Write it as "lxc.key=value".');
    return { ...line(key, raw.slice(at + 1).trim()), raw: true };
  });
  return [line(rawKey, JSON.stringify(raws)), ...lines];
}

/** Reads a config. */
export function parseConfig(text: string): readonly Line[] {
  const lines: Line[] = [];
  let expected: string[] = [];
  for (const written of text.replace(/\n$/, "").split("\n")) {
    const parsed = parseLine(written);
    const raw = expected[0] !== undefined && parsed.key !== "" && same(expected[0], parsed);
    expected = parsed.key === rawKey ? listed(parsed.value) : raw ? expected.slice(1) : [];
    lines.push({ ...parsed, raw });
  }
  return lines;
}

/** Writes a config; parseConfig reads the same lines. */
export function formatConfig(lines: readonly Line[]): string {
  const texts = lines.map(({ key, value }) => (key === "" ? value : `${key.startsWith("phoenix.") ? "# " : ""}${key} = ${value}`));
  return `${texts.join("\n")}\n`;
}

/** The last value of a key that is not of the manifest's raw lines, as LXC takes it; null when it has none. */
export function valueOf(lines: readonly Line[], key: string): string | null {
  return lines.findLast((candidate) => candidate.key === key && !candidate.raw)?.value ?? null;
}

/** The manifest's raw settings that are in force, as it wrote them. */
export function rawSettings(lines: readonly Line[]): readonly string[] {
  const present = lines.filter((candidate) => candidate.raw);
  return listed(valueOf(lines, rawKey) ?? "[]").filter((raw) => present.some((candidate) => same(raw, candidate)));
}

/** True for what rawLines writes. */
export function isRaw(candidate: Line): boolean {
  return candidate.raw || candidate.key === rawKey;
}

function parseLine(text: string): Omit<Line, "raw"> {
  const match = /^\s*(?:#\s*(phoenix\.[\w.]+)|([^#\s=][^=]*?))\s*=\s*(.*?)\s*$/.exec(text);
  return match === null ? { key: "", value: text } : { key: match[1] ?? match[2] ?? "", value: match[3] ?? "" };
}

function same(raw: string, parsed: Omit<Line, "raw">): boolean {
  const at = raw.indexOf("=");
  return raw.slice(0, at).trim() === parsed.key && raw.slice(at + 1).trim() === parsed.value;
}

function listed(json: string): string[] {
  try {
    const list: unknown = JSON.parse(json);
    return Array.isArray(list) ? list.filter((entry) => typeof entry === "string") : [];
  } catch {
    return []; // somebody has edited it; the lines behind it are then lines like others
  }
}
