import type { Plan__Output as Plan, RunKind__Output as RunKind } from "../../../proto/types.ts";
import { complaint } from "../complaint.ts";
import { exit } from "../exit.ts";
import { ask } from "../fleet/host.ts";
import { withHost } from "../fleet/with-host.ts";
import { ctid } from "../parse.ts";
import { hostRecord, planRecord } from "../render/json.ts";
import type { Line, Look } from "../render/line.ts";
import { planTable } from "../render/plan-table.ts";
import { planLines } from "../render/plan.ts";
import type { HostName } from "../render/words.ts";
import type { Globals, Session } from "../session.ts";
import { doing, specOf, type Spec, type SpecFlags } from "./spec.ts";

const kinds: Readonly<Record<string, RunKind>> = {
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
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  const example: readonly (readonly [string, string])[] = [["for example", "phoenixctl plan letsgo 950"]];
  if (kind === undefined)
    throw complaint(exit.usage, `a plan of what? Expected one of ${Object.keys(kinds).join(", ")}${name ? `, not ${name}` : ""}.`, example);
  const detail = flags.limits === true ? "limits" : flags.steps === true || flags.all !== true ? "steps" : "table";
  return showPlans(session, specOf(kind, flags, rest.map(parsedCtid)), detail);
}

/** How much is shown of plans: a row for each container, every step, or how long each may take as well. */
type Detail = "table" | "steps" | "limits";

/** Shows the plans of a spec and gives the exit code. Executes nothing. */
export async function showPlans(session: Session, spec: Spec, detail: Detail = spec.all ? "table" : "steps"): Promise<number> {
  return withHost(session, `plan for ${doing(spec)}`, async (host, name) => {
    const { plans } = await ask(host, host.services.orchestration.PlanRun, { spec });
    return sayPlans(session, name, plans, detail);
  });
}

/** Shows plans and gives the exit code. */
export async function sayPlans(session: Session, name: HostName, plans: readonly Plan[], detail: Detail = "steps"): Promise<number> {
  if (session.output === "ndjson") for (const each of plans) session.record({ ...hostRecord(name), ...planRecord(each) });
  else if (session.output !== "table") await session.document({ ...hostRecord(name), plans: plans.map(planRecord) });
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

function parsedCtid(input: string): number {
  try {
    return ctid(input);
  } catch (thrown) {
    throw complaint(exit.usage, thrown instanceof Error ? thrown.message : input);
  }
}
