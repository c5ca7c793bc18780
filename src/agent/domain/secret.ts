// What must not be shown to whoever reads a log or an audit, and how it is struck out. Pure.

/** What stands where a secret was. */
export const struck = "…";

/** A name that ends in one of these says that its value is a secret; "key" does with a word before it that is not one of `plainKeys`. */
const secretEnds: ReadonlySet<string> = new Set([
  "password",
  "passwords",
  "passwd",
  "passphrase",
  "pwd",
  "pass",
  "secret",
  "secrets",
  "token",
  "credential",
  "credentials",
  "apikey",
  "authorization",
  "cookie",
  "dsn",
]);
const plainKeys: ReadonlySet<string> = new Set(["public", "primary", "foreign", "sort", "cache", "partition", "schedule"]);
/** The same for names that go on: "password_hash" is one, "token_id" and "secret_file" are not. */
const secretWords: ReadonlySet<string> = new Set(["password", "passwd", "passphrase", "secret", "apikey"]);
const harmlessEnds: ReadonlySet<string> = new Set([
  "file",
  "path",
  "folder",
  "dir",
  "name",
  "id",
  "length",
  "count",
  "ttl",
  "age",
  "until",
]);
/** Every value of a map of one of these names is one: nobody knows what is in an environment. */
const secretMaps: ReadonlySet<string> = new Set(["env", "environment"]);
const deepest = 12;

/** Whether a key, a variable or an option of this name holds a secret. */
export function isSecretName(name: string): boolean {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => word.replace(/\d+$/, ""))
    .filter((word) => word !== "");
  const last = words.at(-1) ?? "";
  const before = words.at(-2) ?? "";
  if (secretEnds.has(last)) return true;
  if (last === "key" || last === "keys") return before !== "" && !plainKeys.has(before);
  if (last === "tokens") return ["api", "auth", "access", "bearer", "refresh"].includes(before);
  return words.some((word) => secretWords.has(word)) && !harmlessEnds.has(last);
}

/** Whole things that are secrets wherever they stand: keys, and tokens by what they begin with. */
const recognised: readonly RegExp[] = [
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g,
  /\bphx_[1-9A-Za-z]{20,}/g,
  /\b(?:sk-|hf_|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|AKIA)[\w-]{12,}/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
];
const userinfo = /\b([a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{0,200}:)[^\s/@]{1,500}@/gi;
const bearer = /\b(?:bearer|basic)\s+[\w.~+/=-]{6,}/gi;
/** The name and what is between it and its value: name=value, "name": "value", --name value. */
const naming = /(?<name>[A-Za-z][\w.-]{0,80})["']?\s{0,4}[=:]\s{0,4}|(?<option>--?[A-Za-z][\w-]{0,80})\s{1,4}/g;
const value = /"(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s,;&)}\]"']+/y;

/** A text without what looks like a secret in it. */
export function strikeText(text: string): string {
  const whole = [...recognised, bearer].reduce((left, pattern) => left.replaceAll(pattern, struck), text);
  return namedStruck(whole.replaceAll(userinfo, `$1${struck}@`));
}

/** A value is passed over only where it was struck: in another there may be names again. */
function namedStruck(text: string): string {
  let out = "";
  let at = 0;
  for (const match of text.matchAll(naming)) {
    const start = match.index + match[0].length;
    if (match.index < at || !isSecretName(match.groups?.["name"] ?? match.groups?.["option"] ?? "")) continue;
    value.lastIndex = start;
    const found = value.exec(text);
    if (found === null) continue;
    out += `${text.slice(at, start)}${struck}`;
    at = start + found[0].length;
  }
  return out + text.slice(at);
}

/** Plain data without its secrets: by the names of keys, and by what texts look like. Bytes are counted; an error is told. */
export function strike(value: unknown): unknown {
  return without(value, 0);
}

function without(value: unknown, depth: number): unknown {
  if (typeof value === "string") return strikeText(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth === deepest) return struck;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (value instanceof Error) return { type: value.name, message: strikeText(value.message), stack: strikeText(value.stack ?? "") };
  if (Array.isArray(value)) {
    const items = value as readonly unknown[];
    // The argument of an option: ["--api-key", "…"].
    return items.map((item, at) => (isOption(items[at - 1]) && typeof item === "string" ? struck : without(item, depth + 1)));
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, kept(key, inner, depth)]));
}

function kept(key: string, inner: unknown, depth: number): unknown {
  if (isSecretName(key)) return isNothing(inner) ? inner : struck;
  if (!secretMaps.has(key.toLowerCase()) || typeof inner !== "object" || inner === null) return without(inner, depth + 1);
  if (!Array.isArray(inner)) return Object.fromEntries(Object.keys(inner).map((name) => [name, struck]));
  return (inner as readonly unknown[]).map((each) => (typeof each === "string" ? each.replace(/=.*$/s, `=${struck}`) : struck));
}

function isOption(item: unknown): boolean {
  return typeof item === "string" && item.startsWith("-") && !item.includes("=") && isSecretName(item);
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined || value === "" || typeof value === "boolean";
}
