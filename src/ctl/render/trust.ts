import type {
  Authority__Output as Authority,
  Timestamp__Output as Timestamp,
  TrustedCertificate__Output as Certificate,
} from "../../../proto/index.ts";
import { fromTimestamp } from "../../../proto/time.ts";
import type { Unrenewed } from "../fleet/renew.ts";
import { span, type Line, type Look, type Span } from "./line.ts";
import { table, type Column } from "./table.ts";
import { clean } from "./text.ts";
import { isoTime, shortTime } from "./time.ts";
import { hostLabel, word, type HostName } from "./words.ts";

const heads: readonly Column[] = [
  { head: "HOST" },
  { head: "NAME", flexible: true },
  { head: "ROLE" },
  { head: "FINGERPRINT" },
  { head: "UNTIL" },
  { head: "LAST USED" },
  { head: "FROM" },
  { head: "STATE" },
];

/** Who may use a host, a row each, and the authorities that it trusts. */
export function trustTable(all: readonly Certificate[], authorities: readonly Authority[], host: HostName, look: Look): Line[] {
  const rows = all.map((each): Span[] => {
    const state = stateOf(each, look.now);
    return [
      span(hostLabel(host)),
      span(clean(each.name)),
      span(word(each.role)),
      span(shortPrint(each.fingerprint)),
      span(timeOf(each.until, look)),
      span(timeOf(each.used, look)),
      span(clean(each.address) || "-"),
      span(state, state === "good" ? "good" : "dim"),
    ];
  });
  const certificates = rows.length === 0 ? [[span(`nobody has a certificate of ${hostLabel(host)}`)]] : table(heads, rows, look.width);
  return [...certificates, [], ...authorityLines(authorities, look)];
}

/** The authorities of a host, newest first. */
export function authorityLines(authorities: readonly Authority[], look: Look): Line[] {
  return authorities.map(({ fingerprint, until }, index) => [
    span(index === 0 ? "authority   " : "also trusted   ", "dim"),
    span(shortPrint(fingerprint)),
    span(`   ${index === 0 ? "signs, " : ""}trusted until ${timeOf(until, look)}`, "dim"),
  ]);
}

/** Enough of a fingerprint to tell it from others; trust revoke takes it. */
export function shortPrint(fingerprint: string): string {
  return clean(fingerprint.slice(0, 12));
}

/** A certificate as a record. */
export function certificateRecord({ name, role, fingerprint, since, until, revoked, used, address }: Certificate) {
  return {
    name,
    role: word(role),
    fingerprint,
    since: isoTime(since),
    until: isoTime(until),
    revoked: isoTime(revoked),
    used: isoTime(used),
    address: address === "" ? null : address,
  };
}

/** An authority as a record. */
export function authorityRecord({ fingerprint, since, until }: Authority) {
  return { fingerprint, since: isoTime(since), until: isoTime(until) };
}

function stateOf({ revoked, until }: Certificate, now: number): "good" | "revoked" | "ended" {
  if (revoked !== null) return "revoked";
  return now < (fromTimestamp(until) ?? 0) ? "good" : "ended";
}

function timeOf(timestamp: Timestamp | null, look: Look): string {
  const ms = fromTimestamp(timestamp);
  return ms === null ? "-" : shortTime(ms, look);
}

/** That a certificate ends before long and could not be renewed. */
export function unrenewedLine({ host, until, why }: Unrenewed, look: Look): Line {
  return [span(`the certificate for ${clean(host)} ends ${shortTime(until, look)} and could not be renewed: ${clean(why)}`, "warn")];
}
