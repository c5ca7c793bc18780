import type {
  ConfigCommit__Output,
  ConfigReport__Output,
  ConfigUpload__Output,
  PushConfigRequest__Output,
  PushConfigResponse,
} from "../../../proto/index.ts";
import type { ConfigServiceHandlers } from "../../../proto/services.ts";
import { problemsIn } from "../config/check.ts";
import type { Candidate } from "../config/versions/candidate.ts";
import type { Commit } from "../config/versions/keeper.ts";
import { keyOf } from "../config/versions/tree.ts";
import type { ConfigFile, ConfigVersion } from "../domain/config.ts";
import { Fault } from "../domain/errors.ts";
import { nameOf, type Caller } from "../domain/trust.ts";
import type { Blocker, Plan } from "../domain/plan.ts";
import { nothingToDo } from "../plan/plan.ts";
import type { World } from "../plan/world.ts";
import type { Adapter } from "./adapt.ts";
import { toChanges, toProblem, toVersion } from "./convert-config.ts";
import { toBlocker, toPlan } from "./convert-plan.ts";
import type { Parts } from "./parts.ts";
import { received } from "./upload.ts";
import { complaint, demand, limit, lineOf, requestId } from "./validate.ts";

const usualLimit = 50;
const mostVersions = 1000;

/** What is asked of every container, to see what a configuration would change. */
const everything = { kind: "orchestrate", on_failure: "manifest", power: "manifest", baseline: "keep" } as const;

/** ConfigService: the configuration as one thing, of which every version is kept. */
export function config(parts: Parts, { unary, clientStream }: Adapter): ConfigServiceHandlers {
  const { keeper, configs } = parts;

  const versionOf = (no: number): ConfigVersion => {
    const version = configs.get(no);
    if (version === null) throw new Fault("NOT_FOUND", `there is no version ${no} of the configuration`, "phoenixctl config history");
    return version;
  };
  const current = (): ConfigVersion | null => {
    const { version } = keeper.current();
    return version === null ? null : versionOf(version);
  };
  const maybe = (version: ConfigVersion | null) => (version === null ? null : toVersion(version));

  const commit = async (
    wanted: Candidate,
    request: ConfigCommit__Output,
    cause: Commit["cause"],
    caller: Caller,
  ): Promise<PushConfigResponse> => {
    const { request_id, message, base, force } = request;
    // Over the network it is the certificate that says who it is.
    const author = caller.kind === "local" ? request.author : nameOf(caller);
    const report = await reportOn(parts, wanted);
    const isRefused = wanted.errors > 0 || (report.blockers.length > 0 && !force);
    if (isRefused) return { version: null, unchanged: false, report, unwritten: "" };
    const newest = configs.newest()?.no ?? 0;
    const version = keeper.commit(wanted, { request_id, cause, author, message, base });
    return { version: toVersion(version), unchanged: version.no <= newest, report, unwritten: await keeper.settle() };
  };

  return {
    GetConfig: unary(() => {
      const { manifest, files } = keeper.current();
      const trouble = keeper.trouble();
      return {
        current: maybe(current()),
        newest: maybe(configs.newest()),
        trouble: trouble?.text ?? "",
        problems: (trouble?.problems ?? problemsIn(manifest, files, [])).map(toProblem),
        manifest: manifest.file,
        scripts: files.scripts_folder,
        features: files.features_folder,
      };
    }),

    CheckConfig: clientStream(async (requests) => {
      const wanted = keeper.candidate(await received(uploads(requests)));
      return { report: await reportOn(parts, wanted), newest: maybe(configs.newest()) };
    }),

    PushConfig: clientStream(async (requests, caller) => {
      const incoming = requests[Symbol.asyncIterator]();
      const order = firstOf(await incoming.next());
      demandCommit(order);
      return commit(keeper.candidate(await received(uploads(rest(incoming)))), order, "pushed", caller);
    }),

    ListConfigVersions: unary(({ limit: asked, before }) => {
      demand(limit(asked, mostVersions));
      const versions = configs.list(asked === 0 ? usualLimit : asked, before === 0 ? null : before);
      return { versions: versions.map(toVersion), current: keeper.current().version ?? 0 };
    }),

    CompareConfig: unary(async (request) => {
      const [from, to] = [request.from, request.to].map((no) => (no === 0 ? current() : versionOf(no)));
      if (!from || !to) throw new Fault("NOT_FOUND", "no version of the configuration is kept yet", "phoenixctl config check");
      const wanted = { ...keeper.older(to), before: from.files };
      return { report: await reportOn(parts, wanted), from: toVersion(from), to: toVersion(to) };
    }),

    RevertConfig: unary(async ({ commit: order, to }, caller) => {
      if (order === null) throw new Fault("INVALID", "commit: expected it");
      demandCommit(order);
      const version = versionOf(to);
      const message = order.message === "" ? `back to version ${to}` : order.message;
      return commit(keeper.older(version), { ...order, message }, "reverted", caller);
    }),
  };
}

/** Everything that a configuration would mean for the host. Looks, and changes nothing. */
async function reportOn(parts: Parts, wanted: Candidate): Promise<ConfigReport__Output> {
  const { host, orchestrator } = parts;
  const now = await host.world();
  const then = { ...(await host.world(wanted.configuration)), inventory: now.inventory };
  const plansIn = async (world: World) => (world.manifest.containers.size === 0 ? [] : orchestrator.plan(everything, "all", world));
  const [before, after] = [await plansIn(now), wanted.errors > 0 ? [] : await plansIn(then)];
  const told = new Map(before.map((plan) => [plan.request.ctid, text(plan)]));
  const plans = after.filter((plan) => !nothingToDo(plan));
  const listed = ({ manifest }: World) => [...manifest.containers.keys(), ...manifest.broken.keys()];
  const stays = new Set(listed(then));
  const dropped = wanted.errors > 0 ? [] : listed(now).filter((ctid) => !stays.has(ctid));
  return {
    problems: wanted.problems.map(toProblem),
    blockers: dropped.flatMap((ctid) => dropping(ctid, now)).map(toBlocker),
    changes: toChanges(wanted.before, wanted.after, wanted.content),
    plans: plans.map((plan) => toPlan(plan, orchestrator.estimate(plan))),
    pending: plans.filter((plan) => told.get(plan.request.ctid) === text(plan)).map(({ request }) => request.ctid),
    dropped,
    kept: wanted.kept.map(shown),
    removed: wanted.removals.map(shown),
  };
}

/** A plan as far as somebody can tell it from another one. */
function text({ steps, blockers }: Plan): string {
  return JSON.stringify([steps.map(({ id, detail, action }) => [id, detail, action]), blockers]);
}

function dropping(ctid: number, { inventory }: World): readonly Blocker[] {
  const container = inventory.containers.get(ctid);
  if (container === undefined || container.state === "stopped") return [];
  const message = `${ctid} is ${container.state} and would no longer be in the manifest, so that nothing would start, restore or stop it`;
  return [{ reason: "CONTAINER_RUNNING", ctid, message, remedy: `phoenixctl stop ${ctid}, or --force` }];
}

function shown(file: ConfigFile): string {
  return keyOf(file);
}

function demandCommit({ request_id, author, message }: ConfigCommit__Output): void {
  demand(requestId(request_id), lineOf(author, "commit.author", 0, 64), lineOf(message, "commit.message", 0, 200));
}

function firstOf(first: IteratorResult<PushConfigRequest__Output>): ConfigCommit__Output {
  const order = first.done === true ? null : first.value.commit;
  if (order == null) throw new Fault("INVALID", complaint("commit", "expected it in the first message", "nothing"));
  return order;
}

async function* rest<T>(incoming: AsyncIterator<T>): AsyncGenerator<T> {
  for (let next = await incoming.next(); next.done !== true; next = await incoming.next()) yield next.value;
}

async function* uploads(
  requests: AsyncIterable<{ readonly upload?: ConfigUpload__Output | null }>,
): AsyncGenerator<ConfigUpload__Output | null> {
  for await (const { upload } of requests) yield upload ?? null;
}
