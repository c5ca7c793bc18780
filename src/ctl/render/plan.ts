import type { Plan__Output as Plan, Step__Output as Step } from "../../../proto/types.ts";
import { naming, refusal } from "./ending.ts";
import { prose, span, type Line, type Look } from "./line.ts";
import { clean, columns, pad, wrap } from "./text.ts";
import { duration } from "./time.ts";
import { count, hostLabel, word, type HostName } from "./words.ts";

const longestTitle = 32;

/** Steps that take fewer seconds need no estimate. */
const worthwhile = 1;

/** What a run would do, step for step; several plans one after the other. With "limits" it says how long and how often each is tried. */
export function planLines(plans: readonly Plan[], host: HostName, look: Look, limits: "limits" | "no limits" = "no limits"): Line[] {
  const blocks = plans.map((plan) => onePlan(plan, host, look, limits));
  return blocks.flatMap((block, index) => (index === 0 ? block : [[], ...block]));
}

function onePlan(plan: Plan, host: HostName, look: Look, limits: "limits" | "no limits"): Line[] {
  const notes = plan.warnings.flatMap((warning) =>
    wrap(prose(warning, look), look.width - 6).map((text, row): Line => [span(row === 0 ? "note  " : "      ", "warn"), span(text)]),
  );
  if (plan.blockers.length > 0) return [...refusal(plan, plan.blockers, host, look), ...notes];
  if (plan.nothing_to_do)
    return [...wrap(`${naming(plan, host)}: nothing to do, it is as the manifest says.`, look.width).map((line) => [span(line)]), ...notes];
  const head = [span(hostLabel(host), "strong"), span(` · ${plan.ctid} ${clean(plan.name)} · ${word(plan.kind)}`)];
  return [head, ...steps(plan, look, limits), ...takenBack(plan, look), ...notes, ...dim(lastLine(plan), look)];
}

function steps(plan: Plan, look: Look, limits: "limits" | "no limits"): Line[] {
  const numbers = String(plan.steps.length).length;
  const titles = Math.min(longestTitle, Math.max(0, ...plan.steps.map(({ title }) => columns(clean(title)))));
  const room = look.width - numbers - titles - 4;
  return plan.steps.flatMap((step, index) =>
    wrap([prose(step.detail, look), ...aboutStep(step, limits)].filter((text) => text !== "").join(" · "), room).map((text, row): Line => {
      const number = pad(row === 0 ? String(index + 1) : "", numbers, "right");
      return [span(` ${number} `, "dim"), span(pad(row === 0 ? clean(step.title) : "", titles)), span("  "), span(text, "dim")];
    }),
  );
}

/** What past runs took for it, and when it is given up. */
function aboutStep({ timeout_s, attempts, estimate_s }: Step, limits: "limits" | "no limits"): readonly string[] {
  const estimate = estimate_s < worthwhile ? [] : [`about ${duration(estimate_s)}`];
  if (limits === "no limits") return estimate;
  const tries = attempts > 1 ? `, ${attempts} tries` : "";
  return [...estimate, `at most ${duration(timeout_s)}${tries}`];
}

/** From where to where a failure is taken back, and by what. */
function takenBack(plan: Plan, look: Look): Line[] {
  const from = plan.steps.findIndex(({ id }) => id === plan.reversible_from) + 1;
  const until = plan.steps.findIndex(({ id }) => id === plan.reversible_until) + 1;
  if (plan.undo.length === 0 || from === 0 || until === 0) return [];
  const range = from === until ? `step ${from}` : `one of steps ${from} to ${until}`;
  return dim(`if ${range} fails: ${plan.undo.map(({ title }) => clean(title)).join(", ")}`, look);
}

function dim(text: string, { width }: Look): Line[] {
  return wrap(text, width).map((line) => [span(line, "dim")]);
}

function lastLine(plan: Plan): string {
  const estimate = plan.estimate_s > 0 ? [`about ${duration(plan.estimate_s)} (median of ${count(plan.estimate_runs, "run")})`] : [];
  const after = plan.after.length > 0 ? [`after ${plan.after.join(", ")}`] : [];
  return [...estimate, ...after, "nothing was executed"].join(" · ");
}
