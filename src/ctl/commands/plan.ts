import type { Plan__Output as Plan, RunKind__Output as RunKind } from "../../../proto/types.ts";
import { complaint } from "../complaint.ts";
import { exit } from "../exit.ts";
import { ask, type Host } from "../fleet/host.ts";
import { exitOfAll, fanOut, type Outcome } from "../fleet/fan-out.ts";
import { placeName } from "../fleet/places.ts";
import { at, withPool } from "../fleet/with-host.ts";
import { failedRecord } from "../follow/list.ts";
import { planKinds } from "../positionals.ts";
import { hostRecord, hostsRecord, planRecord } from "../render/json.ts";
import { span, type Line, type Look } from "../render/line.ts";
import { planTable } from "../render/plan-table.ts";
import { planLines } from "../render/plan.ts";
import { hostLabel, type HostName } from "../render/words.ts";
import type { Globals, Session } from "../session.ts";
import { sharesOf, type Wanted } from "./shares.ts";
import { parsedCtid, specOf, wantedBy, type Spec, type SpecFlags } from "./spec.ts";

const kinds: Readonly<Record<(typeof planKinds)[number], RunKind>> = {
  orchestrate: "RUN_KIND_ORCHESTRATE",
  reconfigure: "RUN_KIND_RECONFIGURE",
  letsgo: "RUN_KIND_LETSGO",
  snapshot: "RUN_KIND_SNAPSHOT",
  restore: "RUN_KIND_RESTORE",
  delete: "RUN_KIND_DELETE",
  start: "RUN_KIND_START",
  stop: "RUN_KIND_STOP",
  restart: "RUN_KIND_RESTART",
};

/** Says what a run would do. */
export async function plan(
  session: Session,
  flags: Globals & SpecFlags & { readonly limits?: boolean; readonly steps?: boolean },
  ...args: string[]
): Promise<number> {
  const [name = "", ...rest] = args;
  const word = planKinds.find((each) => each === name);
  const example: readonly (readonly [string, string])[] = [["for example", "phoenixctl plan letsgo 950"]];
  if (word === undefined)
    throw complaint(exit.usage, `a plan of what? Expected one of ${planKinds.join(", ")}${name ? `, not ${name}` : ""}.`, example);
  const detail = flags.limits === true ? "limits" : flags.steps === true || flags.all !== true ? "steps" : "table";
  return showPlans(session, specOf(kinds[word], flags, rest.map(parsedCtid)), detail);
}

/** How much is shown of plans: a row for each container, every step, or how long each may take as well. */
type Detail = "table" | "steps" | "limits";

/** Shows the plans of a spec and gives the exit code. Executes nothing. */
export async function showPlans(session: Session, spec: Spec, detail: Detail = spec.all ? "table" : "steps"): Promise<number> {
  const planOf = async (host: Host, ctids: readonly number[]) =>
    (await ask(host, host.services.orchestration.PlanRun, { spec: { ...spec, ctids: [...ctids] } })).plans;
  return showSharesOf(session, wantedBy(spec), planOf, detail);
}

/** Shows what each host plans for its share of what is wanted, and gives the exit code. */
export async function showSharesOf(
  session: Session,
  wanted: Wanted,
  planOf: (host: Host, ctids: readonly number[]) => Promise<readonly Plan[]>,
  detail: Detail = "steps",
): Promise<number> {
  const subject = `plan for ${wanted.doing(wanted.ctids)}`;
  return withPool(session, async (pool) => {
    const shares = await sharesOf(session, pool, wanted);
    const [only, ...more] = shares;
    if (only !== undefined && more.length === 0) {
      if (only.silent !== null) throw only.silent.complaint;
      return at(pool, only.place, subject, async (host, name) => sayPlans(session, name, await planOf(host, only.ctids), detail));
    }
    const ctids = new Map(shares.map((share) => [share.place, share.ctids]));
    const asked = shares.filter(({ silent }) => silent === null).map(({ place }) => place);
    const outcomes = await fanOut(pool, asked, subject, session.reach.timeout_s, ({ host }) => planOf(host, ctids.get(host.place) ?? []));
    const silent = shares.flatMap((share) => share.silent ?? []);
    return sayAllPlans(session, [...outcomes, ...silent], detail);
  });
}

/** Shows the plans of several hosts, in their order. */
async function sayAllPlans(session: Session, outcomes: readonly Outcome<readonly Plan[]>[], detail: Detail): Promise<number> {
  const answered = outcomes.filter((outcome) => outcome.kind === "answered");
  const failed = outcomes.filter((outcome) => outcome.kind === "failed");
  if (session.output === "json" || session.output === "yaml") {
    await session.document({
      ...hostsRecord([]),
      plans: answered.flatMap(({ name, value }) => value.map((each) => ({ ...hostRecord(name), ...planRecord(each) }))),
      failed: failed.map((each) => ({ host: placeName(each.place), ...failedRecord(each) })),
    });
  } else for (const { name, value } of answered) await sayPlans(session, name, value, detail);
  for (const { complaint: each } of failed) session.printError(each.lines());
  return exitOfAll(outcomes.map((outcome) => (outcome.kind === "failed" ? outcome : { ...outcome, value: exitFor(outcome.value) })));
}

/** Shows plans and gives the exit code. */
export async function sayPlans(session: Session, name: HostName, plans: readonly Plan[], detail: Detail = "steps"): Promise<number> {
  if (session.output === "ndjson") for (const each of plans) session.record({ ...hostRecord(name), ...planRecord(each) });
  else if (session.output !== "table") await session.document({ ...hostRecord(name), plans: plans.map(planRecord) });
  else if (plans.length === 0 && !session.quiet) session.print([[span(`nothing to do on ${hostLabel(name)}`)]]);
  else session.print(linesOf(session.quiet ? plans.filter(isBlocked) : plans, name, session.look(), detail));
  return exitFor(plans);
}

function linesOf(plans: readonly Plan[], name: HostName, look: Look, detail: Detail): Line[] {
  if (detail !== "table") return planLines(plans, name, look, detail === "limits" ? "limits" : "no limits");
  return plans.length === 0 ? [] : planTable(plans, name, look);
}

function exitFor(plans: readonly Plan[]): number {
  if (plans.some(isBlocked)) return exit.refused;
  return plans.every(({ nothing_to_do }) => nothing_to_do) ? exit.done : exit.pending;
}

function isBlocked({ blockers }: Plan): boolean {
  return blockers.length > 0;
}
