import type { SnapshotServiceHandlers } from "../../../proto/services.ts";
import type { Container, Ctid, Snapshot } from "../domain/container.ts";
import { Fault, toFailure } from "../domain/errors.ts";
import { isProtected } from "../domain/protection.ts";
import { replaces } from "../plan/protected.ts";
import type { Adapter } from "./adapt.ts";
import { begin } from "./begin.ts";
import { toSnapshot } from "./convert-container.ts";
import { toPlan } from "./convert-plan.ts";
import { toRun } from "./convert-run.ts";
import { toSnapshotSchedule } from "./convert-schedule.ts";
import { diff } from "./diff.ts";
import type { Parts } from "./parts.ts";
import { forced } from "./run-spec.ts";
import { complaint, ctid, ctidOrAll, demand, description, requestId, snapshotName } from "./validate.ts";

/** A storage that does not answer costs the sizes, not the list; milliseconds. */
const sizesTime = 60_000;
const mostCtids = 1000;

/** SnapshotService: snapshots of containers. */
export function snapshot(parts: Parts, { unary, serverStream }: Adapter): SnapshotServiceHandlers {
  const { protections, clock, journal } = parts;

  return {
    ListSnapshots: unary(async (request) => {
      const few = request.ctids.length > mostCtids ? complaint("ctids", `expected at most ${mostCtids}`, request.ctids.length) : null;
      const both = request.ctid !== 0 && request.ctids.length > 0 ? complaint("ctid", "expected none beside ctids", request.ctid) : null;
      demand(ctidOrAll(request.ctid), few, both, ...request.ctids.map((each) => ctid(each, "ctids")));
      const { containers } = (await parts.host.world()).inventory;
      const wanted = [...request.ctids, ...(request.ctid === 0 ? [] : [request.ctid])];
      const missing = wanted.filter((each) => !containers.has(each));
      if (missing.length > 0)
        throw new Fault("CONTAINER_MISSING", `there is no container ${missing.join(", ")} on this host`, "phoenixctl ps");
      const shown = [...containers.values()].filter((container) => wanted.length === 0 || wanted.includes(container.ctid));
      const all = protections.all();
      const sorted = shown.sort((a, b) => a.ctid - b.ctid);
      const sizes = new Map<Ctid, ReadonlyMap<string, number>>();
      if (request.sizes) for (const { ctid: of, snapshots } of sorted) if (snapshots.length > 0) sizes.set(of, await sizesOf(parts, of));
      return {
        snapshots: sorted.flatMap((container) =>
          container.snapshots.map((each) => toSnapshot(container, each, all, sizes.get(container.ctid)?.get(each.name))),
        ),
      };
    }),

    CreateSnapshot: unary((request) => {
      const wish = { kind: "snapshot", snapshot: request.name, description: request.description } as const;
      return begin(parts, request, wish, snapshotName(request.name, "name"), description(request.description));
    }),

    RestoreSnapshot: unary((request) => {
      const wish = { kind: "restore", snapshot: request.name, newer: request.delete_newer ? "delete" : "keep" } as const;
      return begin(parts, request, { ...wish, ...forced(request.force) }, snapshotName(request.name, "name"));
    }),

    DeleteSnapshot: unary((request) =>
      begin(parts, request, { kind: "delete", snapshot: request.name }, snapshotName(request.name, "name")),
    ),

    DiffSnapshot: serverStream((request, out) => diff(parts, request, out)),

    ProtectSnapshot: unary(async ({ ctid: of, name }) => {
      demand(ctid(of), snapshotName(name, "name"));
      const { container, found } = await find(parts, of, name);
      // A run that has been told to delete it would break the promise.
      const run = journal.unfinished().find(({ plan, state }) => plan.request.ctid === of && replaces(state.queue, name));
      if (run !== undefined)
        throw new Fault("BUSY", `run ${run.id} deletes or replaces ${name}`, `wait: phoenixctl run watch ${run.id}`, "transient");
      if (!isProtected(container, found, protections.all()))
        protections.keep({ ctid: of, name, created: found.created, since: clock.now() });
      return { snapshot: toSnapshot(container, found, protections.all()) };
    }),

    UnprotectSnapshot: unary(async ({ ctid: of, name }) => {
      demand(ctid(of), snapshotName(name, "name"));
      if (!protections.all().some((each) => each.ctid === of && each.name === name))
        throw new Fault("NOT_FOUND", `snapshot ${name} of ${of} is not protected`, `phoenixctl snapshot list ${of}`);
      protections.drop(of, name);
      const container = (await parts.host.world()).inventory.containers.get(of);
      const left = container?.snapshots.find((each) => each.name === name);
      return { snapshot: container === undefined || left === undefined ? null : toSnapshot(container, left, protections.all()) };
    }),

    ListSnapshotSchedules: unary(() => ({ schedules: parts.snapshots.list().map(toSnapshotSchedule) })),

    RunSnapshotSchedule: unary(async ({ request_id, name }) => {
      demand(requestId(request_id));
      const { runs, refused } = await parts.snapshots.run(request_id, name);
      const { orchestrator, driver } = parts;
      return {
        runs: runs.map((run) => toRun(run, driver.platform, orchestrator.estimate(run.plan))),
        refused: refused.map((plan) => toPlan(plan, null)),
      };
    }),
  };
}

/** What each snapshot of a container holds alone; nothing where the storage does not say. */
async function sizesOf({ driver, clock, log }: Parts, of: Ctid): Promise<ReadonlyMap<string, number>> {
  const late = new AbortController();
  const over = new AbortController();
  void clock.sleep(sizesTime, over.signal).then(
    () => late.abort(new Fault("TIMEOUT", "the storage does not say")),
    () => {},
  );
  try {
    return await driver.sizes(of, late.signal);
  } catch (thrown) {
    log.warn({ ctid: of }, `sizes of snapshots are not known: ${toFailure(thrown).message}`);
    return new Map();
  } finally {
    over.abort();
  }
}

async function find(parts: Parts, of: Ctid, name: string): Promise<{ readonly container: Container; readonly found: Snapshot }> {
  const container = (await parts.host.world()).inventory.containers.get(of);
  if (container === undefined) throw new Fault("CONTAINER_MISSING", `there is no container ${of} on this host`, "phoenixctl ps");
  const found = container.snapshots.find((each) => each.name === name);
  if (found !== undefined) return { container, found };
  throw new Fault("SNAPSHOT_MISSING", `${of} has no snapshot ${name}`, `phoenixctl snapshot list ${of}`);
}
