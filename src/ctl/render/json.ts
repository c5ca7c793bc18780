/**
 * The records that `-o json`, `-o ndjson` and `-o yaml` print. They are a promise: fields are added, never renamed or taken away.
 *
 * Names are snake_case, times RFC 3339 in UTC or null, durations in the unit that the name ends in, enum values lower case without
 * their prefix ("letsgo", "running"; "unknown" where nothing is known). `driver` is "proxmox", "lxc" or "sim".
 *
 *   letsgo, orchestrate, reconfigure, clone, start, stop, restart, snapshot create|restore|delete, run watch, boot run
 *                    json, yaml: Batch once all has ended     ndjson: each Event as it comes
 *   plan, --dry-run  json, yaml: { host, driver, plans }      ndjson: a Plan a line
 *   ps               json, yaml: { host, driver, containers, config_trouble: [{ host, message }] }; ndjson: a Container a line
 *   show             Container, with settings, mounts and features
 *   boot plan        json, yaml: { host, driver, members, problems, ownership, … }; ndjson: a member a line
 *   boot explain     that member
 *   boot status      json, yaml: { host, driver, runs, host_boot, ownership }; ndjson: a Run a line
 *   boot apply       with --check or --dry-run { owner, scheduler, changes, plans, limits, problems }, otherwise as letsgo
 *   boot owner       { owner, chosen_at, configured, changing_to, trouble, scheduler, drift }; with OWNER as boot apply
 *   config check     { current, trouble, problems }; of a folder { folder, problems, not_sent }
 *   config diff      { from, problems, blockers, changes, plans, pending, dropped, kept, removed }
 *   config push|revert  { version, unchanged, unwritten, report }; version null when it was refused
 *   config history   json, yaml: { host, driver, current, versions }; ndjson: a version a line
 *   snapshot list    json, yaml: { host, driver, snapshots }  ndjson: a Snapshot a line
 *   snapshot protect|unprotect  Snapshot
 *   snapshot schedule list  json, yaml: { host, driver, schedules }; ndjson: a schedule a line; snapshot schedule run: as letsgo
 *   snapshot diff    json, yaml: { host, driver, ctid, from, to, changes, summary }; ndjson: a change a line, the summary last
 *   run list         json, yaml: { host, driver, runs }       ndjson: a Run a line
 *   run show         Run, with story: [Event] without output
 *   run cancel       Run
 *   run logs         json, yaml: { run_id, output }           ndjson: each output Event
 *   events           json, yaml: { host, driver, events }     ndjson: a HostEvent a line, with --follow as they come
 *   gpu lease|release  { ctid, holder, reason, since, until }
 *   trust list       json, yaml: { host, driver, listen, certificates, authorities }; ndjson: a certificate a line
 *   trust revoke     json, yaml: { host, driver, revoked: [certificate] }; ndjson: a certificate a line
 *   trust rotate     { host, driver, authorities }
 *   audit            json, yaml: { host, driver, entries }; ndjson: an entry a line
 *   audit verify     { host, driver, rows, problem, newest, oldest }
 *   version          { client, agent }; agent null when it is not reachable
 *
 * Batch is { host, driver, runs: [Run], refused: [{ kind, ctid, blockers: [Blocker] }], not_begun: [{ host, ctids, message }] }; not_begun
 * are hosts that could not be asked, ndjson has { host, not_begun: { ctids, message } } for each.
 * In lists that may be about several hosts every record has host and driver, and those of the document are null where it is about several.
 * Hosts that did not answer are its failed: [{ host, reason: "unreachable" | "failed", message, ms }]; in ndjson { host, failed: {…} }.
 * What can't be done at all is { error: { message, reason, exit_code, next: [{ label, text }] } }, in words on standard error as well; reason is
 * the agent's, null where it is not the agent that complains. A command line that can't be read is answered in words alone.
 * Every record that stands alone on a line, or alone in a document, has host and driver as well.
 */
import type {
  Blocker__Output as Blocker,
  Container__Output as Container,
  HostEvent__Output as HostEvent,
  DiffSummary__Output as DiffSummary,
  FileChange__Output as FileChange,
  Plan__Output as Plan,
  Run__Output as Run,
  RunEvent__Output as RunEvent,
  RunKind__Output as RunKind,
  Snapshot__Output as Snapshot,
  Step__Output as Step,
} from "../../../proto/types.ts";
import { word, type HostName } from "./words.ts";
import { isoTime } from "./time.ts";

/** What begins every record that stands alone. */
export function hostRecord({ hostname, driver }: HostName) {
  return { host: hostname, driver };
}

/** What begins a document: the host that all of it is about, or null. */
export function hostsRecord(names: readonly HostName[]) {
  const [only, ...more] = new Set(names.map(({ hostname }) => hostname));
  const found = names.find(({ hostname }) => hostname === only);
  return found !== undefined && more.length === 0 ? hostRecord(found) : { host: null, driver: null };
}

/** Runs that were asked for, wherever they are, and what did not begin. */
export function batchRecord(batch: {
  readonly runs: readonly { readonly host: HostName; readonly run: Run }[];
  readonly refused: readonly {
    readonly host: HostName;
    readonly kind: RunKind;
    readonly ctid: number;
    readonly blockers: readonly Blocker[];
  }[];
  readonly notBegun: readonly { readonly host: string; readonly ctids: readonly number[]; readonly complaint: Error }[];
}) {
  const { runs, refused, notBegun } = batch;
  const names = [...runs, ...refused].map(({ host }) => host);
  return {
    ...(notBegun.length === 0 ? hostsRecord(names) : { host: null, driver: null }),
    runs: runs.map(({ host, run }) => ({ host: host.hostname, ...runRecord(run) })),
    refused: refused.map(({ host, kind, ctid, blockers }) => ({ host: host.hostname, ...refusedRecord(kind, ctid, blockers) })),
    not_begun: notBegun.map(({ host, ctids, complaint }) => ({ host, ctids, message: complaint.message })),
  };
}

/** A run. `plan` is null in lists. */
export function runRecord(run: Run) {
  return {
    id: run.id,
    kind: word(run.kind),
    ctid: run.ctid,
    name: run.name,
    state: word(run.state),
    created_at: isoTime(run.created_at),
    started_at: isoTime(run.started_at),
    finished_at: isoTime(run.finished_at),
    failure: run.failure ? { ...run.failure } : null,
    undo_failure: run.undo_failure ? { ...run.undo_failure } : null,
    outcome: run.outcome,
    batch_id: run.batch_id,
    after_runs: run.after_runs,
    platform_ms: run.platform_ms,
    away_ms: run.away_ms,
    config_version: run.config_version,
    driver: run.driver,
    plan: run.plan ? planRecord(run.plan) : null,
  };
}

/** A plan. */
export function planRecord(plan: Plan) {
  return {
    kind: word(plan.kind),
    ctid: plan.ctid,
    name: plan.name,
    nothing_to_do: plan.nothing_to_do,
    steps: plan.steps.map(stepRecord),
    undo: plan.undo.map(stepRecord),
    reversible_from: plan.reversible_from,
    reversible_until: plan.reversible_until,
    blockers: plan.blockers.map(blockerRecord),
    warnings: plan.warnings,
    after: plan.after,
    estimate_s: plan.estimate_s,
    estimate_runs: plan.estimate_runs,
  };
}

/** What was asked for and may not begin. */
export function refusedRecord(kind: RunKind, ctid: number, blockers: readonly Blocker[]) {
  return { kind: word(kind), ctid, blockers: blockers.map(blockerRecord) };
}

/** A container. settings, mounts and features are filled in by `show` only. */
export function containerRecord(container: Container) {
  const { ctid, name, lock, gpus, start_at_boot, in_manifest, notes, features, active_run_id } = container;
  return {
    ctid,
    name,
    state: word(container.state),
    health: word(container.health),
    lock,
    gpus,
    boot_order: container.boot_order ?? null,
    start_at_boot,
    in_manifest,
    active_run_id,
    notes,
    snapshots: container.snapshots.map(snapshotRecord),
    settings: container.settings.map(({ name: setting, live, wanted }) => ({ name: setting, live, wanted })),
    mounts: container.mounts.map(({ container_path, source, volume, attached }) => ({ container_path, source, volume, attached })),
    features,
  };
}

/** A snapshot. */
export function snapshotRecord(snapshot: Snapshot) {
  const { ctid, name, created_at, parent, description, run_id, schedule, bytes } = snapshot;
  const by = { run_id, origin: word(snapshot.origin), schedule };
  return { ctid, name, created_at: isoTime(created_at), parent, description, ...by, protected: snapshot.protected, bytes: bytes ?? null };
}

/** A difference. Sizes are null where nothing was, or is. */
export function changeRecord({ change, path, from_path, kind, bytes_before, bytes_after, detail }: FileChange) {
  const is = word(change);
  const before = is === "added" ? null : bytes_before;
  const after = is === "removed" ? null : bytes_after;
  return { change: is, path, from_path: from_path || null, kind: word(kind), bytes_before: before, bytes_after: after, detail };
}

/** The sums of a diff. */
export function summaryRecord(summary: DiffSummary) {
  return { ...summary };
}

/** An event: seq, run_id, at, event (what happened, for example "step_finished"), and that event's own fields. */
export function eventRecord(event: RunEvent) {
  return { seq: event.seq, run_id: event.run_id, at: isoTime(event.at), event: event.event ?? "unknown", ...eventFields(event) };
}

/** Something that happened on the host. ctid is null when it concerns all of it, run_id null when it is no run's. */
export function hostEventRecord({ seq, at, kind, level, ctid, run_id, message, details }: HostEvent) {
  return { seq, at: isoTime(at), kind, level: word(level), ctid: ctid || null, run_id: run_id || null, message, details };
}

function eventFields(event: RunEvent): object {
  if (event.step_started) {
    const { step, attempt, undo } = event.step_started;
    return { step: step ? stepRecord(step) : null, attempt, undo };
  }
  if (event.output) return { ...event.output, stream: word(event.output.stream) };
  if (event.resumed) return { ...event.resumed, away_since: isoTime(event.resumed.away_since) };
  if (event.finished) return { run: event.finished.run ? runRecord(event.finished.run) : null };
  return event.step_finished ?? event.step_failed ?? event.note ?? {};
}

function stepRecord({ id, title, detail, timeout_s, attempts, backoff_s, estimate_s }: Step) {
  return { id, title, detail, timeout_s, attempts, backoff_s, estimate_s };
}

export function blockerRecord({ reason, ctid, message, remedy }: Blocker) {
  return { reason, ctid, message, remedy };
}
