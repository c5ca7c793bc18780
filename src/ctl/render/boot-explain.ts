import type { BootMember__Output as Member, BootPlan__Output as BootPlan } from "../../../proto/types.ts";
import { span, type Line, type Look } from "./line.ts";
import { clean, pad, wrap } from "./text.ts";
import { duration } from "./time.ts";

/** Why a member starts when it does: what happens before, with times, and all that it waits for. */
export function explainLines(plan: BootPlan, member: Member, look: Look): Line[] {
  const who = `${member.ctid} ${clean(member.name)}`;
  if (member.lost !== "") return wrapped(`${who} is not started: ${clean(member.lost)}`, look.width);
  const when = `${who} starts about ${duration(member.start_s)} after the boot begins, and is up after about ${duration(member.up_s)}.`;
  const chain = chainTo(plan, member).flatMap((each) => happenings(plan, each));
  return [
    ...wrapped(when, look.width),
    [],
    ...chain.map(({ at_s, text }): Line => [span(pad(duration(at_s), 9, "right"), "dim"), span(`  ${text}`)]),
    [],
    ...all(plan, member, look),
  ];
}

/** Who has to end before it, one after the other, and it itself at the end. */
function chainTo(plan: BootPlan, member: Member): readonly Member[] {
  const before = plan.members.find(({ ctid }) => ctid === member.held_by);
  return before === undefined ? [member] : [...chainTo(plan, before), member];
}

function happenings(plan: BootPlan, member: Member): readonly { readonly at_s: number; readonly text: string }[] {
  const { ctid, turn_s, delay_s, start_s, up_s } = member;
  const ready_s = turn_s + delay_s;
  const full = start_s > ready_s ? [{ at_s: ready_s, text: `${ctid} waits for room: ${plan.max_parallel} start at a time` }] : [];
  const why = delay_s > 0 ? `, ${duration(delay_s)} after its turn (boot_delay)` : "";
  return [
    { at_s: turn_s, text: `${ctid} has its turn: ${turnReason(plan, member)}` },
    ...full,
    { at_s: start_s, text: member.running ? `${ctid} runs already` : `${ctid} starts${why}` },
    { at_s: up_s, text: `${ctid} is up${estimate(member)}` },
  ];
}

function turnReason(plan: BootPlan, member: Member): string {
  const before = plan.members.find(({ ctid }) => ctid === member.held_by);
  if (before === undefined) return "it waits for nobody";
  if (member.held_reason === "BOOT_WAIT_DEPENDENCY") return `it depends on ${before.ctid}`;
  return `${orderOf(member)} comes after ${orderOf(before)}, and ${before.ctid} is its last`;
}

function orderOf({ turn_order }: Member): string {
  return turn_order === undefined ? "no order" : `order ${turn_order}`;
}

function estimate({ running, estimate_s, estimate_runs }: Member): string {
  if (running) return "";
  const known =
    estimate_runs === 0 ? "a guess, since it has no past starts" : `median of ${estimate_runs} past start${estimate_runs === 1 ? "" : "s"}`;
  return `: ${duration(estimate_s)}, ${known}`;
}

/** Everything that it waits for, also what is expected to be over before. */
function all(plan: BootPlan, member: Member, look: Look): Line[] {
  const rank = ({ turn_order }: Member) => turn_order ?? Infinity;
  const lower = plan.members.filter(
    (other) => rank(other) < rank(member) && other.lost === "" && !member.dependencies.includes(other.ctid),
  );
  const rows = [
    ["order", `${member.turn_order ?? "none"}${member.needed_by === 0 ? "" : `, since ${member.needed_by} needs it`}`],
    ["depends on", [...member.dependencies, ...member.outsiders].join(", ") || "nobody"],
    ["comes after", lower.map(({ ctid }) => ctid).join(", ") || "nobody else"],
    ["gives up", `${duration(member.timeout_s)} after its start at the latest`],
  ] as const;
  return rows.flatMap(([head, text]) =>
    wrap(text, look.width - 13).map((line, row): Line => [span(pad(row === 0 ? head : "", 13), "dim"), span(line)]),
  );
}

function wrapped(text: string, width: number): Line[] {
  return wrap(text, width).map((line): Line => [span(line)]);
}
