import {
  tokenText,
  toTimestamp,
  type AuditEntry__Output,
  type Authority__Output,
  type IssuedCertificate__Output,
  type Role__Output as ProtoRole,
  type Token__Output,
  type TrustedCertificate__Output,
} from "../../../proto/index.ts";
import { isAddress } from "../../../proto/token.ts";
import type { TrustServiceHandlers } from "../../../proto/services.ts";
import type { AuditEntry } from "../domain/audit.ts";
import { Fault } from "../domain/errors.ts";
import { nameOf, nameProblem, roles, standing, type Role, type Token, type UsedCertificate } from "../domain/trust.ts";
import type { Authority } from "../trust/authority.ts";
import type { Membership } from "../trust/members.ts";
import type { Adapter } from "./adapt.ts";
import { reachable } from "./address.ts";
import type { Parts } from "./parts.ts";
import { bytesOf, complaint, demand, limit, lineOf, sequence, type Complaint } from "./validate.ts";

/** How long a token is good when nobody says otherwise, in seconds. */
const usualSeconds = 15 * 60;
const mostAddresses = 8;
const usualEntries = 50;

/** TrustService: who may come in. `port` knows where the network is served; empty when it is not. */
export function trust(parts: Parts, port: { readonly listen: () => string }, { unary }: Adapter): TrustServiceHandlers {
  const { clock, audit } = parts;
  const { hostname } = parts.host.info;
  const network = () => parts.network ?? closed();
  const authorities = () => network().keyring.standing().trusted.map(toAuthority);

  const issued = ({ issued: { der, until }, name, role }: Membership): IssuedCertificate__Output => ({
    certificate: Buffer.from(der),
    authorities: authorities(),
    name,
    role: protoRole(role),
    until: toTimestamp(until),
  });

  return {
    Join: unary(async ({ token_id, secret, csr, name }) => {
      demand(
        /^[0-9a-f]{10}$/.test(token_id) ? null : complaint("token_id", "expected 10 hex digits", token_id),
        bytesOf(secret, "secret", 16, 16),
        bytesOf(csr, "csr", 1, 4096),
        lineOf(name, "name", 0, 64),
      );
      return { issued: issued(await network().members.join(token_id, secret, csr, name)), hostname };
    }),

    Renew: unary(async ({ csr }, caller) => {
      demand(bytesOf(csr, "csr", 1, 4096));
      if (caller.kind !== "certificate") throw new Fault("INVALID", "there is no certificate to be renewed: this call came without one");
      return { issued: issued(await network().members.renew(caller.certificate, csr)) };
    }),

    CreateToken: unary(({ role, name, addresses, for_s }, caller) => {
      const wanted = roleOf(role);
      const seconds = for_s === 0 ? usualSeconds : for_s;
      demand(
        wanted === null ? complaint("role", "expected ROLE_READER, ROLE_OPERATOR or ROLE_ADMIN", role) : null,
        name === "" ? null : named(name),
        addresses.length <= mostAddresses ? null : complaint("addresses", `expected at most ${mostAddresses}`, addresses.length),
        ...addresses.map((each) => (isAddress(each) ? null : complaint("addresses", "expected host:port", each))),
        seconds >= 60 && seconds <= 86_400 ? null : complaint("for_s", "expected 60 to 86400 seconds, or 0 for 900", for_s),
      );
      const { keyring, members } = network();
      const where = addresses.length > 0 ? addresses : reachable(port.listen(), hostname);
      const { token, secret } = members.invite(wanted ?? "reader", name, seconds * 1000, nameOf(caller));
      // The oldest one that is trusted: whoever joins with it learns of its successors.
      const { fingerprint } = keyring.standing().server;
      return { token: tokenText({ id: token.id, secret, fingerprint, addresses: where }), made: toToken(token), addresses: [...where] };
    }),

    ListTokens: unary(() => ({ tokens: network().members.tokens().map(toToken) })),

    RevokeToken: unary(({ id }) => {
      demand(lineOf(id, "id", 1, 64));
      return { token: toToken(network().members.uninvite(id)) };
    }),

    ListTrust: unary(({ ended }) => {
      const all = network().members.certificates();
      const shown = ended ? all : all.filter((each) => standing(each, clock.now()) === "good");
      return { certificates: shown.map(toCertificate), authorities: authorities(), listen: port.listen() };
    }),

    RevokeTrust: unary(({ subject }) => {
      demand(lineOf(subject, "subject", 1, 64));
      return { revoked: network().members.revoke(subject).map(toCertificate) };
    }),

    RotateAuthority: unary(async ({ distrust }) => {
      const { keyring, members } = network();
      if (distrust) members.revokeAll();
      await keyring.rotate(distrust ? "distrust" : "trust");
      // Those that were signed while the old one was still there.
      if (distrust) members.revokeAll();
      return { authorities: authorities() };
    }),

    ListAudit: unary(({ limit: most, before, who }) => {
      demand(limit(most, 1000), sequence(before, "before"), lineOf(who, "who", 0, 64));
      const entries = audit.list(most === 0 ? usualEntries : most, before === 0 ? null : before, who === "" ? null : who);
      return { entries: entries.map(toEntry) };
    }),

    VerifyAudit: unary(async ({ known }) => {
      if (known !== null) demand(sequence(known.no, "known.no"), bytesOf(known.hash, "known.hash", 32, 32));
      const { rows, problem, newest, oldest } = await audit.verify(known);
      return { rows, problem: problem ?? "", newest: { no: newest.no, hash: Buffer.from(newest.hash) }, oldest };
    }),
  };
}

function closed(): never {
  throw new Fault("INVALID", "this agent does not listen on the network", "set listen: 0.0.0.0:7443 in agent.yaml and restart the agent");
}

function named(name: string): Complaint {
  const problem = nameProblem(name);
  return problem === null ? null : complaint("name", problem, name);
}

function roleOf(role: ProtoRole): Role | null {
  return roles.find((each) => protoRole(each) === role) ?? null;
}

function protoRole(role: Role): ProtoRole {
  return `ROLE_${role.toUpperCase() as Uppercase<Role>}`;
}

function toToken({ id, role, name, since, until, made_by }: Token): Token__Output {
  return { id, role: protoRole(role), name, since: toTimestamp(since), until: toTimestamp(until), made_by };
}

function toCertificate({ name, role, fingerprint, since, until, revoked, used }: UsedCertificate): TrustedCertificate__Output {
  return {
    name,
    role: protoRole(role),
    fingerprint,
    since: toTimestamp(since),
    until: toTimestamp(until),
    revoked: revoked === null ? null : toTimestamp(revoked),
    used: used === null ? null : toTimestamp(used.at),
    address: used?.address ?? "",
  };
}

function toEntry({ at, outcome, ...entry }: AuditEntry): AuditEntry__Output {
  return { ...entry, at: toTimestamp(at), result: outcome?.result ?? "", detail: outcome?.detail ?? "" };
}

function toAuthority({ certificate, fingerprint, since, retires }: Authority & { readonly retires: number }): Authority__Output {
  return { certificate: Buffer.from(certificate.rawData), fingerprint, since: toTimestamp(since), until: toTimestamp(retires) };
}
