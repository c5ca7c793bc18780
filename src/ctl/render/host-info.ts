import { fromTimestamp } from "../../../proto/time.ts";
import type { GetHostResponse__Output as Told } from "../../../proto/types.ts";
import type { Outcome } from "../fleet/fan-out.ts";
import { entryOf, type Hosts } from "../fleet/hosts.ts";
import type { Membership } from "../fleet/membership.ts";
import { groupsOf, hostEntryRecord, reachedBy } from "./hosts.ts";
import { span, type Line, type Look, type Span } from "./line.ts";
import { clean, pad } from "./text.ts";
import { isoTime, shortTime } from "./time.ts";
import { shortPrint } from "./trust.ts";
import { count, hostLabel } from "./words.ts";

/** What there is to say of a host. */
export interface HostInfo {
  readonly name: string;
  readonly all: Hosts;
  /** What this client shows it; null: nothing. */
  readonly membership: Membership | null;
  readonly answer: Outcome<Told>;
}

/** What this client knows of a host, and below it what the host has told. */
export function hostInfoLines({ name, all, membership, answer }: HostInfo, look: Look): Line[] {
  const entry = entryOf(all, name);
  const pins = entry.kind === "tls" ? entry.ca_pins.map((pin) => shortPrint(pin.replace(/^sha256:/, ""))) : [];
  const label = answer.kind === "answered" ? hostLabel(answer.name) : clean(name);
  const facts: readonly (readonly [string, Span])[] = [
    ["reached by", span(clean(reachedBy(entry)))],
    ["groups", span(groupsOf(all, name).join(", "))],
    ["default", span(all.default === name ? "yes" : "")],
    ["authority", span(pins.join(", "))],
    ["you are", span(membership === null ? "" : membershipWords(membership, look))],
    ...(answer.kind === "answered"
      ? told(answer.value, name, look)
      : [["agent", span(`${answer.what}: ${clean(answer.why)}`, "bad")] as const]),
  ];
  const shown = facts.filter(([, { text }]) => text !== "");
  return [[span(label, "strong")], ...shown.map(([key, value]): Line => [span(`  ${pad(key, 14)}`, "dim"), value])];
}

function membershipWords({ name, role, until, fingerprint }: Membership, look: Look): string {
  const end = until <= look.now ? `ended ${shortTime(until, look)}` : `until ${shortTime(until, look)}`;
  return `${clean(name)}, ${clean(role)}, ${end} (certificate ${shortPrint(fingerprint)})`;
}

function told({ hostname, version, driver, manifest, problems, started_at, active_runs }: Told, name: string, look: Look) {
  const since = fromTimestamp(started_at);
  const remarks = problems.length === 0 ? "" : `, ${count(problems.length, "remark")}: phoenixctl config check -H ${clean(name)}`;
  return [
    ["calls itself", span(hostname === name ? "" : clean(hostname))],
    ["agent", span(`${clean(version)}, driver ${clean(driver)}${since === null ? "" : `, up since ${shortTime(since, look)}`}`)],
    ["manifest", span(manifest === "" ? "" : `${clean(manifest)}${remarks}`)],
    ["runs", span(active_runs === 0 ? "none under way" : `${active_runs} under way or queued`)],
  ] as const;
}

/** The same for programs: the host as in `host list`; certificate and agent, each null where there is none; failed: why the host did not answer. */
export function hostInfoRecord({ name, all, membership, answer }: HostInfo) {
  return {
    ...hostEntryRecord(all, name, entryOf(all, name)),
    certificate:
      membership === null
        ? null
        : { ...membership, since: new Date(membership.since).toISOString(), until: new Date(membership.until).toISOString() },
    agent: answer.kind === "failed" ? null : agentRecord(answer.value),
    failed: answer.kind === "failed" ? { reason: answer.what, message: answer.why, ms: Math.round(answer.ms) } : null,
  };
}

function agentRecord({ hostname, version, driver, manifest, manifest_hash, problems, started_at, active_runs, abilities }: Told) {
  return {
    hostname,
    version,
    driver,
    started: isoTime(started_at),
    manifest,
    manifest_hash,
    problems: problems.length,
    active_runs,
    abilities,
  };
}
