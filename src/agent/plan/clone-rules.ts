import type { Container, Moment } from "../domain/container.ts";
import type { RunRequest } from "../domain/plan.ts";
import type { Clone } from "./clone.ts";
import type { Found, Rule } from "./preflight.ts";
import type { Subject } from "./subject.ts";

/** A rule that concerns clones alone. */
function ofClone(rule: (subject: Subject, request: Clone) => readonly Found[]): Rule {
  return (subject: Subject, request: RunRequest) => (request.kind === "clone" ? rule(subject, request) : []);
}

const freeRule = ofClone(({ ctid, container, world }) => {
  const remedy = "choose another number";
  if (container !== null) return [{ reason: "CONTAINER_EXISTS", message: `${ctid} exists already (${container.name})`, remedy }];
  if (!world.inventory.machines.has(ctid)) return [];
  return [{ reason: "CONTAINER_EXISTS", message: `${ctid} is the number of a virtual machine`, remedy }];
});

const sourceRule = ofClone(({ world }, { source, of }) => {
  const container = world.inventory.containers.get(source);
  if (container === undefined)
    return [
      { reason: "CONTAINER_MISSING", message: `${source}, which is to be cloned, does not exist on this host`, remedy: "phoenixctl ps" },
    ];
  return [...held(container, world.active.get(source)), ...unclonable(container, of)];
});

function held({ ctid, lock, state }: Container, run: string | undefined): readonly Found[] {
  return [
    ...(run === undefined
      ? []
      : [{ reason: "BUSY", message: `run ${run} has ${ctid}`, remedy: `wait (phoenixctl run watch ${run}), or use --wait` } as const]),
    ...(lock === null
      ? []
      : [{ reason: "LOCKED", message: `${ctid} is locked by the platform (${lock})`, remedy: "wait until that has ended" } as const]),
    ...(state === "frozen" ? [{ reason: "LOCKED", message: `${ctid} is frozen`, remedy: "thaw it first" } as const] : []),
  ];
}

/** Whether the platform can make a clone of this state. Whether a stopped one is as a snapshot has it, only its driver can see. */
function unclonable({ ctid, state, snapshots, clone_support: support }: Container, of: Moment): readonly Found[] {
  if (of.at === "snapshot") {
    const has = snapshots.map(({ name }) => name);
    if (!has.includes(of.name))
      return [
        {
          reason: "SNAPSHOT_MISSING",
          message: `${ctid} has no snapshot ${of.name} (it has: ${has.join(", ") || "none"})`,
          remedy: `phoenixctl snapshot list ${ctid}`,
        },
      ];
    if (support.can !== "stopped" || state === "stopped") return [];
    return [
      {
        reason: "SNAPSHOT_UNSUPPORTED",
        message: `${support.why}, and ${ctid} is ${state}`,
        remedy: `phoenixctl stop ${ctid}, phoenixctl snapshot restore ${ctid} ${of.name}, and clone it then`,
      },
    ];
  }
  if (support.can === "any" || state === "stopped") return [];
  const orSnapshot = support.can === "stopped" ? "" : ", or clone one of its snapshots: --snapshot NAME";
  return [
    {
      reason: "CONTAINER_RUNNING",
      message: `${ctid} is ${state}, and this platform can clone what is there now only while it is stopped`,
      remedy: `phoenixctl stop ${ctid}${orSnapshot}`,
    },
  ];
}

/** The reasons why a clone may not begin. */
export const cloneRules: readonly Rule[] = [freeRule, sourceRule];
