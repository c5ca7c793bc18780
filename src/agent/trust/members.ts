import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../domain/clock.ts";
import { Fault } from "../domain/errors.ts";
import type { Log } from "../domain/log.ts";
import {
  nameProblem,
  standing,
  type Caller,
  type Role,
  type Stranger,
  type Token,
  type TrustBook,
  type TrustedCertificate,
  type UsedCertificate,
} from "../domain/trust.ts";
import { signClient, type Issued } from "./authority.ts";
import type { Keyring } from "./keyring.ts";
import { lifetimes } from "./times.ts";

/** Who may come in, and who has. */
export interface Members {
  /** Makes a token. The secret is given this once. */
  readonly invite: (role: Role, name: string, ms: number, by: string) => { readonly token: Token; readonly secret: Uint8Array };
  /** The tokens that can be used now, newest first. */
  readonly tokens: () => readonly Token[];
  /** Takes a token back. Throws Fault NOT_FOUND. */
  readonly uninvite: (id: string) => Token;
  /** Turns a token into a certificate. Throws Fault NOT_TRUSTED when the token is not good, INVALID when the request is not. */
  readonly join: (id: string, secret: Uint8Array, csr: Uint8Array, name: string) => Promise<Membership>;
  /** Gives the next certificate to whoever has this one. */
  readonly renew: (current: TrustedCertificate, csr: Uint8Array) => Promise<Membership>;
  /** Who a certificate makes its holder, at this moment. */
  readonly caller: (fingerprint: string, address: string) => Caller;
  readonly certificates: () => readonly UsedCertificate[];
  /** Revokes a name's certificates, or one by the beginning of its fingerprint. Throws Fault NOT_FOUND when there is none that is good. */
  readonly revoke: (subject: string) => readonly UsedCertificate[];
  /** Revokes all there are. */
  readonly revokeAll: () => void;
  /** Is called with the fingerprints of certificates that were revoked, right after. */
  readonly onRevoke: (listener: (fingerprints: readonly string[]) => void) => void;
}

/** A certificate just given out. */
export interface Membership {
  readonly issued: Issued;
  readonly name: string;
  readonly role: Role;
}

/** How seldom the last use of a certificate is written down, in milliseconds. */
const markEvery = 60_000;

/** The members of an agent. */
export function createMembers(parts: { book: TrustBook; keyring: Keyring; clock: Pick<Clock, "now">; log: Log }): Members {
  const { book, keyring, clock, log } = parts;
  const marked = new Map<string, number>();
  const listeners: ((fingerprints: readonly string[]) => void)[] = [];
  const good = () => book.certificates().filter((each) => standing(each, clock.now()) === "good");

  function revoke(found: readonly UsedCertificate[]): readonly UsedCertificate[] {
    const fingerprints = found.map(({ fingerprint }) => fingerprint);
    const at = clock.now();
    book.revoke(fingerprints, at);
    told(fingerprints);
    return found.map((each) => ({ ...each, revoked: at }));
  }

  function told(fingerprints: readonly string[]): void {
    for (const listener of listeners) listener(fingerprints);
  }

  function mark(fingerprint: string, address: string): void {
    const now = clock.now();
    if (now - (marked.get(fingerprint) ?? -Infinity) < markEvery) return;
    marked.set(fingerprint, now);
    book.markUsed(fingerprint, now, address);
  }

  /** The name that a certificate will have, and whose certificates it replaces. */
  function nameFor(token: Token, asked: string): { readonly name: string; readonly replaces: readonly UsedCertificate[] } {
    const name = token.name || asked;
    const problem = nameProblem(name);
    if (problem !== null) throw new Fault("INVALID", `name: ${problem}, got ${JSON.stringify(name)}`);
    const holders = good().filter((each) => each.name === name);
    if (holders.length > 0 && token.name === "") {
      throw new Fault(
        "INVALID",
        `name: ${name} has a certificate already`,
        `join under another name, with --as NAME; or let it be replaced: phoenix-agent token create --role ${token.role} --name ${name}`,
      );
    }
    return { name, replaces: holders };
  }

  async function issue(csr: Uint8Array, name: string, role: Role): Promise<{ issued: Issued; certificate: TrustedCertificate }> {
    const issued = await signClient(keyring.standing().issuer, csr, name, role, clock.now(), lifetimes.client);
    const { fingerprint, since, until } = issued;
    return { issued, certificate: { fingerprint, name, role, since, until, revoked: null } };
  }

  return {
    invite: (role, name, ms, by) => {
      const secret = randomBytes(16);
      const now = clock.now();
      const token: Token = {
        id: randomBytes(5).toString("hex"),
        hash: hashOf(secret),
        role,
        name,
        since: now,
        until: now + ms,
        made_by: by,
      };
      book.addToken(token);
      return { token, secret };
    },
    tokens: () => book.tokens().filter(({ until }) => clock.now() < until),
    uninvite: (id) => {
      const token = book.tokens().find((each) => each.id === id);
      if (token === undefined) throw new Fault("NOT_FOUND", `there is no token ${id}`, "phoenix-agent token list shows what there is");
      book.dropToken(id);
      return token;
    },
    join: async (id, secret, csr, asked) => {
      const token = book.tokens().find((each) => each.id === id);
      // Compared with something in any case: whoever tries learns nothing from the time that it takes.
      const right = timingSafeEqual(Buffer.from(hashOf(secret), "hex"), Buffer.from(token?.hash ?? hashOf(randomBytes(16)), "hex"));
      if (token === undefined || !right || clock.now() >= token.until) throw badToken();
      const { name, replaces } = nameFor(token, asked);
      const { issued, certificate } = await issue(csr, name, token.role);
      const fingerprints = replaces.map(({ fingerprint }) => fingerprint);
      if (!book.redeem(id, certificate, fingerprints)) throw badToken();
      told(fingerprints);
      log.info({ name, role: token.role, fingerprint: certificate.fingerprint }, "a workstation has joined");
      return { issued, name, role: token.role };
    },
    renew: async (current, csr) => {
      const { name, role } = current;
      const { issued, certificate } = await issue(csr, name, role);
      // It may have been revoked while the new one was made.
      if (standing(book.certificate(current.fingerprint) ?? current, clock.now()) !== "good") {
        throw new Fault("NOT_TRUSTED", "this certificate was revoked meanwhile");
      }
      book.admit(certificate);
      return { issued, name, role };
    },
    caller: (fingerprint, address) => {
      const certificate = book.certificate(fingerprint);
      const why: Stranger | "good" = certificate === null ? "foreign" : standing(certificate, clock.now());
      if (certificate === null || why !== "good") return { kind: "stranger", why: why === "good" ? "foreign" : why, address };
      mark(fingerprint, address);
      return { kind: "certificate", certificate, address };
    },
    certificates: () => book.certificates(),
    revoke: (subject) => {
      const found = good().filter(({ name, fingerprint }) => name === subject || (subject.length >= 8 && fingerprint.startsWith(subject)));
      if (found.length === 0)
        throw new Fault("NOT_FOUND", `no certificate is called ${subject}`, "phoenixctl trust list shows what there is");
      return revoke(found);
    },
    revokeAll: () => void revoke(good()),
    onRevoke: (listener) => void listeners.push(listener),
  };
}

/** The same words whatever is wrong with it: whoever guesses learns nothing. */
function badToken(): Fault {
  return new Fault(
    "NOT_TRUSTED",
    "this token is not good: it was used, taken back, has ended, or never was",
    "make another one on the host: phoenix-agent token create",
  );
}

function hashOf(secret: Uint8Array): string {
  return createHash("sha256").update(secret).digest("hex");
}
