import type { Plan__Output as Plan } from "../../../proto/types.ts";
import { naming, refusal } from "./ending.ts";
import { prose, span, type Line, type Look } from "./line.ts";
import { clean, columns, pad, wrap } from "./text.ts";
import { duration } from "./time.ts";
import { count, hostLabel, word, type HostName } from "./words.ts";

const longestTitle = 32;

/** What a run would do, step for step; several plans one after the other. */
export function planLines(plans: readonly Plan[], host: HostName, look: Look): Line[] {
  const blocks = plans.map((plan) => onePlan(plan, host, look));
  return blocks.flatMap((block, index) => (index === 0 ? block : [[], ...block]));
}

function onePlan(plan: Plan, host: HostName, look: Look): Line[] {
  const notes = plan.warnings.flatMap((warning) =>
    wrap(prose(warning, look), look.width - 6).map((text, row): Line => [span(row === 0 ? "note  " : "      ", "warn"), span(text)]),
  );
  if (plan.blockers.length > 0) return [...refusal(plan, plan.blockers, host, look), ...notes];
  if (plan.nothing_to_do) return [[span(`${naming(plan, host)}: nothing to do, it is as the manifest says.`)], ...notes];
  const head = [span(hostLabel(host), "strong"), span(` · ${plan.ctid} ${clean(plan.name)} · ${word(plan.kind)}`)];
  return [head, ...steps(plan, look), ...takenBack(plan), ...notes, [span(lastLine(plan), "dim")]];
}

function steps(plan: Plan, look: Look): Line[] {
  const numbers = String(plan.steps.length).length;
  const titles = Math.min(longestTitle, Math.max(0, ...plan.steps.map(({ title }) => columns(clean(title)))));
  const room = look.width - numbers - titles - 4;
  return plan.steps.flatMap(({ title, detail }, index) =>
    wrap(prose(detail, look), room).map((text, row): Line => {
      const number = pad(row === 0 ? String(index + 1) : "", numbers, "right");
      return [span(` ${number} `, "dim"), span(pad(row === 0 ? clean(title) : "", titles)), span("  "), span(text, "dim")];
    }),
  );
}

/** From where to where a failure is taken back, and by what. */
function takenBack(plan: Plan): Line[] {
  const from = plan.steps.findIndex(({ id }) => id === plan.reversible_from) + 1;
  const until = plan.steps.findIndex(({ id }) => id === plan.reversible_until) + 1;
  if (plan.undo.length === 0 || from === 0 || until === 0) return [];
  const range = from === until ? `step ${from}` : `one of steps ${from} to ${until}`;
  return [[span(`if ${range} fails: ${plan.undo.map(({ title }) => clean(title)).join(", ")}`, "dim")]];
}

function lastLine(plan: Plan): string {
  const estimate = plan.estimate_s > 0 ? [`about ${duration(plan.estimate_s)} (median of ${count(plan.estimate_runs, "run")})`] : [];
  const after = plan.after.length > 0 ? [`after ${plan.after.join(", ")}`] : [];
  return [...estimate, ...after, "nothing was executed"].join(" · ");
}
