// The text that lets a workstation join a host: everything that it needs to know, and nothing that it has to believe.
import { createHash } from "node:crypto";

/** What a join token carries. */
export interface JoinToken {
  /** Which token it is, 5 bytes in hex; no secret. */
  readonly id: string;
  /** 16 random bytes, which the agent only knows the hash of. */
  readonly secret: Uint8Array;
  /** The sha256 of the certificate of the agent's authority, hex. */
  readonly fingerprint: string;
  /** Where the agent may be reached, as host:port. */
  readonly addresses: readonly string[];
}

/** What can't be read, in words for whoever pasted it. */
export interface Unreadable {
  readonly problem: string;
}

const prefix = "phx_";
/** Letters and digits alone, so that a double click takes all of it; without those that look alike. */
const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/** The first byte; another number is another layout. It is never zero, so that no leading zeros get lost. */
const layout = 1;
const sizes = { id: 5, secret: 16, fingerprint: 32, check: 4 };

/** A token as text of one word. */
export function tokenText({ id, secret, fingerprint, addresses }: JoinToken): string {
  const body = Buffer.concat([
    Buffer.of(layout),
    Buffer.from(id, "hex"),
    secret,
    Buffer.from(fingerprint, "hex"),
    Buffer.from(addresses.join(","), "utf8"),
  ]);
  return prefix + toText(Buffer.concat([body, checksum(body)]));
}

/** The reverse. Blanks and line breaks that copying has put in are passed over. */
export function readToken(text: string): JoinToken | Unreadable {
  const word = text.replace(/\s+/g, "");
  if (!word.startsWith(prefix)) return { problem: `expected a token, which begins with ${prefix}` };
  const bytes = fromText(word.slice(prefix.length));
  const body = bytes?.subarray(0, -sizes.check) ?? Buffer.alloc(0);
  if (bytes === null || !checksum(body).equals(bytes.subarray(-sizes.check))) {
    return { problem: "a part of the token is missing or was changed; copy it once more, whole" };
  }
  if (body[0] !== layout) return { problem: "the token is of a newer version; this client does not know how to read it" };
  let at = 1;
  const take = (size: number) => body.subarray(at, (at += size));
  const [id, secret, fingerprint] = [take(sizes.id), take(sizes.secret), take(sizes.fingerprint)];
  const addresses = body.subarray(at).toString("utf8").split(",");
  if (fingerprint.length < sizes.fingerprint || addresses.some((address) => !isAddress(address))) {
    return { problem: "the token holds no addresses; make a new one" };
  }
  return { id: id.toString("hex"), secret: new Uint8Array(secret), fingerprint: fingerprint.toString("hex"), addresses };
}

/** Whether a text is host:port, with a name, an IPv4 address or an IPv6 address in brackets. */
export function isAddress(text: string): boolean {
  const match = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):(\d{1,5})$/.exec(text);
  return match !== null && Number(match[1]) >= 1 && Number(match[1]) <= 65_535;
}

function checksum(body: Uint8Array): Buffer {
  return createHash("sha256").update(body).digest().subarray(0, sizes.check);
}

function toText(bytes: Buffer): string {
  let rest = BigInt(`0x${bytes.toString("hex")}`);
  let text = "";
  for (; rest > 0n; rest /= 58n) text = (alphabet[Number(rest % 58n)] ?? "") + text;
  return text;
}

/** No token is longer than a few hundred characters; more would only keep the machine busy. */
const longest = 1500;

function fromText(text: string): Buffer | null {
  if (text === "" || text.length > longest) return null;
  let number = 0n;
  for (const character of text) {
    const digit = alphabet.indexOf(character);
    if (digit < 0) return null;
    number = number * 58n + BigInt(digit);
  }
  const hex = number.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
}
