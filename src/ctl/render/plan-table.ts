import type { Plan__Output as Plan, Step__Output as Step } from "../../../proto/types.ts";
import { prose, span, type Line, type Look, type Role } from "./line.ts";
import { clean, columns, pad, wrap } from "./text.ts";
import { count, hostLabel, type HostName } from "./words.ts";

const longestName = 20;

/** Plans for many containers as one table: what each would change, or why it may not. */
export function planTable(plans: readonly Plan[], host: HostName, look: Look): Line[] {
  const rows = plans.flatMap((plan) => planRows(plan, widths(plans), look));
  const blocked = plans.filter(({ blockers }) => blockers.length > 0).length;
  const changed = plans.filter((plan) => plan.blockers.length === 0 && !plan.nothing_to_do).length;
  const counts = [
    changed === 0 ? "nothing to do" : `${changed} of ${count(plans.length, "container")} would be changed`,
    ...(blocked === 0 ? [] : [`${blocked} refused`]),
    ...(changed === 0 ? [] : ["each step: phoenixctl plan orchestrate CTID"]),
    "nothing was executed",
  ];
  return [[span(hostLabel(host), "strong")], ...rows, ...wrap(counts.join(" · "), look.width).map((text): Line => [span(text, "dim")])];
}

/** The same for some of them, without head and counts. */
export function changeRows(plans: readonly Plan[], look: Look): Line[] {
  return plans.flatMap((plan) => planRows(plan, widths(plans), look));
}

interface Widths {
  readonly ctid: number;
  readonly name: number;
}

function widths(plans: readonly Plan[]): Widths {
  return {
    ctid: Math.max(0, ...plans.map(({ ctid }) => String(ctid).length)),
    name: Math.min(longestName, Math.max(0, ...plans.map(({ name }) => columns(clean(name))))),
  };
}

function planRows(plan: Plan, { ctid, name }: Widths, look: Look): Line[] {
  const texts: readonly (readonly [string, Role])[] =
    plan.blockers.length > 0
      ? plan.blockers.map(({ message, remedy }) => [`refused: ${message}${remedy === "" ? "" : `; ${remedy}`}`, "bad"])
      : plan.nothing_to_do
        ? [["nothing to do", "dim"]]
        : [[whatItDoes(plan), "plain"]];
  const room = Math.max(20, look.width - ctid - name - 6);
  const lines = texts.flatMap(([text, role]) => wrap(prose(text, look), room).map((each) => span(each, role)));
  return lines.map((text, row): Line => [
    span(`  ${pad(row === 0 ? String(plan.ctid) : "", ctid, "right")}  `),
    span(pad(row === 0 ? clean(plan.name) : "", name)),
    span("  "),
    text,
  ]);
}

/** What a plan changes, in the order in which it does; how it goes about it is left out. */
export function whatItDoes({ steps }: Pick<Plan, "steps">): string {
  const done = steps.flatMap((step) => phrases(step, steps));
  return done.length > 0 ? done.join(", ") : steps.some(({ id }) => id === "power" || id === "stop") ? "shut down" : "start";
}

function phrases({ id, title, detail }: Step, all: readonly Step[]): readonly string[] {
  if (id === "create") return [`${title} ${detail}`];
  if (id === "settings") return [detail];
  if (id === "attach") return [`attach ${detail}`];
  if (id.startsWith("feature.")) return [`${title} (${detail.split("; ").at(-1)})`];
  if (id === "application") return [scriptText(detail)];
  const taken = id.startsWith("snapshot.") && !all.some((each) => each.id === "application" || each.id === "create");
  return taken ? [title] : [];
}

/** "model.sh; changed since final-form: model.sh": why is what counts. */
function scriptText(detail: string): string {
  const [script = "", why] = detail.split("; ");
  return why === undefined ? `run ${script}` : `script ${why}`;
}
