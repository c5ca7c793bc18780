import type {
  BootDrift__Output as Drift,
  BootOwner__Output as Owner,
  BootOwnership__Output as Ownership,
  BootScheduler__Output as Scheduler,
  HostBoot__Output as HostBoot,
  PlanBootApplyResponse__Output as Apply,
} from "../../../proto/types.ts";
import { fromTimestamp } from "../../../proto/time.ts";
import { prose, span, type Line, type Look, type Role } from "./line.ts";
import { clean, wrap } from "./text.ts";
import { shortTime } from "./time.ts";
import { hostLabel, word, type HostName } from "./words.ts";

/** What is to be changed on the platform, as the commands that do the same, with what was there before; and what it can't do. */
export function applyLines(apply: Apply, host: HostName, look: Look): Line[] {
  const { changes, limits, problems } = apply;
  const head =
    changes.length === 0
      ? nothingToChange(apply, host)
      : `${changes.length === 1 ? "1 container is" : `${changes.length} containers are`} to be changed on ${hostLabel(host)}, so that ${purpose(apply)}:`;
  return [
    ...wrapped(head, look),
    ...changes.flatMap((change) => changeLines(change, look)),
    ...problems.flatMap(({ ctid, message }) => remark("error", "bad", ctid, message, look)),
    ...limits.flatMap(({ ctid, message }) => remark("note", "warn", ctid, message, look)),
  ];
}

/** What differs, a line for each container. */
export function checkLines(apply: Apply, host: HostName, look: Look): Line[] {
  const { changes, problems } = apply;
  const head = changes.length === 0 ? wrapped(nothingToChange(apply, host), look) : [];
  return [
    ...head,
    ...changes.flatMap(({ ctid, message }) => remark("drift", "bad", ctid, message, look)),
    ...problems.flatMap(({ ctid, message }) => remark("error", "bad", ctid, message, look)),
  ];
}

/** Who starts containers at boot, since when, and everything that stands against it. */
export function ownerLines(ownership: Ownership, host: HostName, look: Look): Line[] {
  const { owner, scheduler, chosen_at, configured } = ownership;
  const chosen = fromTimestamp(chosen_at);
  const since = chosen === null ? "as agent.yaml says (boot.owner)" : `chosen ${shortTime(chosen, look)}`;
  const alone = scheduler === null ? ", since nothing else does here" : `, ${since}`;
  const overruled =
    chosen === null || configured === owner || scheduler === null
      ? []
      : remark(
          "note",
          "warn",
          0,
          `agent.yaml says ${word(configured)} (boot.owner), which counts only where nobody has chosen; write ${word(owner)} there too, for the day that the agent's state is lost`,
          look,
        );
  return [...wrapped(`${starts(ownership, host)}${alone}`, look), ...overruled, ...against(ownership, look)];
}

/** The same in short, below a plan or a boot: who starts, and what stands against it. */
export function ownerNotes(ownership: Ownership, host: HostName, look: Look): Line[] {
  return [...wrap(starts(ownership, host), look.width).map((text): Line => [span(text, "dim")]), ...against(ownership, look)];
}

/** What became of the newest boot of the host. */
export function hostBootLines({ seen_at, left_to, remark: said, waits }: HostBoot, host: HostName, look: Look): Line[] {
  const seen = fromTimestamp(seen_at);
  const name = hostLabel(host);
  const waiting = waits === "" ? [] : remark("error", "bad", 0, `${name} has booted, and can't be seen to yet: ${waits}`, look);
  if (seen === null) return waiting;
  const when = shortTime(seen, look);
  const texts: Readonly<Record<Owner, string>> = {
    BOOT_OWNER_UNSPECIFIED: `the agent saw ${name} for the first time ${when}, and left it as it was`,
    BOOT_OWNER_PROXMOX: `${name} booted, seen ${when}: Proxmox started its containers`,
    BOOT_OWNER_AGENT: `${name} booted, seen ${when}: the agent ${said === "" ? "started its containers" : "was to start its containers"}`,
  };
  const nothing = said === "" ? [] : remark("error", "bad", 0, `nothing was started: ${said}; phoenixctl boot run tries again`, look);
  return [...wrapped(texts[left_to], look), ...nothing, ...waiting];
}

function nothingToChange({ owner, scheduler }: Apply, host: HostName): string {
  if (scheduler === null)
    return `nothing to apply on ${hostLabel(host)}: only the agent starts containers at boot there, and it goes by the manifest`;
  const state = owner === "BOOT_OWNER_AGENT" ? "starts none of the containers in the manifest" : "starts containers as it should";
  return `nothing to change: ${platform(scheduler)} on ${hostLabel(host)} ${state}`;
}

function purpose({ owner, scheduler }: Apply): string {
  const name = scheduler === null ? "Proxmox" : platform(scheduler);
  return owner === "BOOT_OWNER_AGENT" ? `the agent starts containers at boot, and ${name} does not` : `${name} starts them at boot`;
}

function starts({ owner, scheduler }: Pick<Ownership, "owner" | "scheduler">, host: HostName): string {
  if (owner === "BOOT_OWNER_AGENT") return `the agent starts containers when ${hostLabel(host)} has booted`;
  const how = scheduler?.together === true ? "an order at a time" : "one after another";
  const name = scheduler === null ? "Proxmox" : platform(scheduler);
  return `${name} starts containers when ${hostLabel(host)} has booted, ${how} and without health checks`;
}

function platform({ version, assumed }: Scheduler): string {
  return assumed ? "Proxmox" : `Proxmox ${clean(version)}`;
}

function against({ owner, drift, changing_to, trouble }: Ownership, look: Look): Line[] {
  const ids = drift.map(({ ctid }) => ctid).join(", ");
  const differs =
    owner === "BOOT_OWNER_AGENT"
      ? `${ids}: Proxmox starts ${drift.length === 1 ? "it" : "them"} at boot as well (onboot 1); phoenixctl boot apply ends that`
      : `${ids}: Proxmox is set up otherwise; phoenixctl boot apply --check says how, phoenixctl boot apply mends it`;
  const changing = `the owner is being changed to ${word(changing_to)}; until all is done the agent starts what does not run`;
  return [
    ...(changing_to === "BOOT_OWNER_UNSPECIFIED" ? [] : remark("note", "warn", 0, changing, look)),
    ...(trouble === ""
      ? []
      : remark("error", "bad", 0, `the owner could not be changed: ${trouble}; phoenixctl boot owner proxmox or agent tries again`, look)),
    ...(drift.length === 0 ? [] : remark(owner === "BOOT_OWNER_AGENT" ? "error" : "drift", "bad", 0, differs, look)),
  ];
}

function changeLines({ command, settings, name }: Drift, look: Look): Line[] {
  const before = settings.map(({ name: key, from }) => (from === "" ? `no ${clean(key)}` : `${clean(key)} ${clean(from)}`));
  return [
    [span(`  ${clean(command)}`)],
    ...wrap(`${clean(name)}; was ${before.join(", ")}`, look.width - 6).map((text): Line => [span(`      ${text}`, "dim")]),
  ];
}

function remark(head: string, role: Role, ctid: number, message: string, look: Look): Line[] {
  const text = ctid === 0 ? message : `${ctid}  ${message}`;
  return wrap(prose(text, look), look.width - 7).map((line, row): Line => [span(row === 0 ? head.padEnd(7) : "       ", role), span(line)]);
}

function wrapped(text: string, look: Look): Line[] {
  return wrap(text, look.width).map((line): Line => [span(line)]);
}
