import { snapshotNameProblem, type Ctid } from "../domain/container.ts";
import type { Reason } from "../domain/errors.ts";
import { isIdle } from "../domain/gpu.ts";
import { leaseText } from "../domain/lease.ts";
import type { Blocker, RunRequest } from "../domain/plan.ts";
import type { Step } from "../domain/step.ts";
import { memoryBlockers } from "./admission.ts";
import { cloneRules } from "./clone-rules.ts";
import { useText } from "./gpu-shutdown.ts";
import { leaseOf, takesDown } from "./lease.ts";
import { originOf } from "./orchestrate.ts";
import { featureFile } from "./provision.ts";
import { protectedRule } from "./protected.ts";
import { finalForm, hasGpuAccess, insurance, inTheWay, preConfigured, snapshotOf, type Subject } from "./subject.ts";
import { isoTime } from "./words.ts";

/** Below this much free space where the root file system lies, nothing is begun: snapshots and scripts would fail half-way. */
const leastFreeBytes = 128 * 1024 * 1024;

export type Found = { readonly reason: Reason; readonly message: string; readonly remedy: string };
export type Rule = (subject: Subject, request: RunRequest, steps: readonly Step[]) => readonly Found[];

/** Every reason why a run of these steps may not begin, with its remedy. Looks, and touches nothing. */
export function blockers(subject: Subject, request: RunRequest, steps: readonly Step[]): readonly Blocker[] {
  const inManifest = provisions(request.kind) ? [manifestRule] : [];
  const rules = [...inManifest, existsRule, busyRule, lockRule, leaseRule, protectedRule, memoryBlockers, ...rulesOf[request.kind]];
  return rules.flatMap((rule) => rule(subject, request, steps)).map((found) => ({ ...found, ctid: subject.ctid }));
}

/** Whether a run of this kind does what the manifest says, and so needs the container to be in it. */
export function provisions(kind: RunRequest["kind"]): boolean {
  return kind === "orchestrate" || kind === "reconfigure" || kind === "letsgo";
}

const manifestRule: Rule = ({ ctid, config, world }) => {
  if (config !== null) return [];
  const whole = world.manifest.problems.filter(({ severity, ctid: concerned }) => severity === "error" && concerned === null);
  const problems = world.manifest.broken.get(ctid) ?? (whole.length > 0 ? whole : undefined);
  if (problems === undefined) {
    const known = [...world.manifest.containers.keys()].join(", ");
    return [
      {
        reason: "NOT_IN_MANIFEST",
        message: `${ctid} is not in the manifest, which has ${known || "no containers"}`,
        remedy: `add it to ${world.manifest.file}`,
      },
    ];
  }
  return problems.map(({ path, line, message }) => ({
    reason: "MANIFEST" as const,
    message: path === "$" ? message : `${path}: ${message}`,
    remedy: line === 0 ? `see to ${world.manifest.file}` : `mend line ${line} of ${world.manifest.file}`,
  }));
};

const existsRule: Rule = ({ ctid, config, container, world }, { kind }) => {
  // What is not in the manifest either has been refused for that.
  if (container !== null || kind === "clone" || (config === null && provisions(kind))) return [];
  if (world.inventory.machines.has(ctid)) return [ofMachine(ctid, kind)];
  if (kind === "orchestrate") return [];
  const remedy = config === null ? "phoenixctl ps" : `phoenixctl orchestrate ${ctid}`;
  return [{ reason: "CONTAINER_MISSING", message: `${ctid} does not exist on this host`, remedy }];
};

function ofMachine(ctid: Ctid, kind: RunRequest["kind"]): Found {
  const message = `${ctid} is a virtual machine on this host`;
  return kind === "orchestrate"
    ? { reason: "CONTAINER_EXISTS", message, remedy: "choose another number in the manifest" }
    : { reason: "CONTAINER_MISSING", message, remedy: "phoenixctl ps shows the containers; machines are qm's" };
}

const busyRule: Rule = ({ ctid, world }) => {
  const run = world.active.get(ctid);
  return run === undefined
    ? []
    : [{ reason: "BUSY", message: `run ${run} has it`, remedy: `wait (phoenixctl run watch ${run}), or use --wait` }];
};

const lockRule: Rule = ({ ctid, container, world }) => {
  if (container === null) return [];
  if (container.lock !== null) {
    const unlock = world.platform === "proxmox" ? `pct unlock ${ctid}` : "remove its lock";
    return [
      {
        reason: "LOCKED",
        message: `locked by the platform (${container.lock})`,
        remedy: `wait until that has ended; if it was cut off: ${unlock}`,
      },
    ];
  }
  return container.state === "frozen" ? [{ reason: "LOCKED", message: "it is frozen", remedy: "thaw it first" }] : [];
};

/** Whoever wants a leased container down has to say so. What would take it down by itself leaves that out (power.ts). */
const leaseRule: Rule = (subject, { force }, steps) => {
  const lease = leaseOf(subject);
  if (lease === null || force === true || !takesDown(steps)) return [];
  return [{ reason: "LEASED", message: leaseText(lease), remedy: `ask ${lease.holder}; --force does it all the same` }];
};

const accessRule: Rule = (subject) => {
  if (subject.container === null || hasGpuAccess(subject)) return [];
  return [{ reason: "INVALID", message: "it has no GPU access", remedy: `phoenixctl stop ${subject.ctid}` }];
};

/** Of who was idle when the plan was made, somebody may have made use since. */
const useRule: Rule = ({ ctid, world }, request, steps) => {
  if (request.kind !== "gpu-shutdown" || request.when !== "idle" || !takesDown(steps) || isIdle(world.gpu, ctid)) return [];
  return [{ reason: "IN_USE", message: useText(ctid, world), remedy: `phoenixctl gpu shutdown ${ctid} stops it all the same` }];
};

const spaceRule: Rule = ({ config, world }) => {
  const pool = config?.pool ?? "";
  const free = world.inventory.free_bytes.get(pool) ?? world.inventory.free_bytes.get("");
  if (free === undefined || free >= leastFreeBytes) return [];
  const where = pool === "" ? "the container storage" : `pool ${pool}`;
  return [
    {
      reason: "NO_SPACE",
      message: `${where} has ${Math.floor(free / 1048576)} MiB free, 128 MiB is the least`,
      remedy: "delete what is not needed there, snapshots for example",
    },
  ];
};

const snapshotsRule: Rule = ({ container }) => {
  const support = container?.snapshot_support;
  if (support === undefined || support.can !== "none") return [];
  return [
    {
      reason: "SNAPSHOT_UNSUPPORTED",
      message: `its storage can't snapshot it: ${support.why}`,
      remedy: "move its root file system to btrfs, ZFS or LVM-thin",
    },
  ];
};

const baseRule: Rule = (subject) => {
  if (subject.container === null || snapshotOf(subject, preConfigured) !== null) return [];
  const has = subject.container.snapshots.map(({ name }) => name).join(", ") || "none";
  return [
    {
      reason: "SNAPSHOT_MISSING",
      message: `it has no snapshot ${preConfigured} (it has: ${has})`,
      remedy: `phoenixctl orchestrate ${subject.ctid}`,
    },
  ];
};

/** Going back may cost final-form on such a storage, since a new one is made; anything else is the owner's to decide. */
function newerRule(target: (request: RunRequest) => string, mayGo: readonly string[]): Rule {
  return (subject, request) => {
    if ("newer" in request && request.newer === "delete") return [];
    const name = target(request);
    return inTheWay(subject, name)
      .filter((newer) => !mayGo.includes(newer.name))
      .map((newer) => ({
        reason: "SNAPSHOT_NOT_NEWEST" as const,
        message: `${newer.name}${newer.created === null ? "" : ` (${isoTime(newer.created)})`} is newer than ${name}, and this storage can only go back to its newest snapshot`,
        remedy: `phoenixctl snapshot delete ${subject.ctid} ${newer.name}${"newer" in request ? ", or --delete-newer" : ""}`,
      }));
  };
}

/** Going back to pre-configured makes final-form anew, and an insurance is one of Phoenix's own. */
const backToBaseRule = newerRule(() => preConfigured, [finalForm, insurance]);

const rebaselineRule: Rule = (subject, request, steps) =>
  request.kind === "orchestrate" && request.baseline === "replace" ? backToBaseRule(subject, request, steps) : [];

const scriptRule: Rule = ({ config, world: { files } }) => {
  if (config === null || config.application === null) return [];
  return [config.application.script, ...config.application.files]
    .filter((name) => !files.scripts.has(name))
    .map((name) => ({
      reason: "SCRIPT_MISSING" as const,
      message: `${name} is not in ${files.scripts_folder}`,
      remedy: "put it there, or mend the manifest",
    }));
};

const featuresRule: Rule = ({ config, world }) =>
  (config?.features ?? [])
    .filter((name) => featureFile(name, world) === null)
    .map((name) => ({
      reason: "SCRIPT_MISSING" as const,
      message: `feature ${name}: neither phoenix_hypervisor_feature_install_${name}.sh nor ${name}.sh is in ${world.files.features_folder}`,
      remedy: "put one of them there, or take the feature out of the manifest",
    }));

const originRule: Rule = (subject) => {
  const { config, container, world } = subject;
  if (config === null || container !== null) return [];
  const origin = originOf(subject, config);
  if (origin === null)
    return [
      {
        reason: "CONTAINER_MISSING",
        message: "it does not exist, and the manifest names neither template nor clone_from_ctid",
        remedy: "add one of them",
      },
    ];
  if (origin.from !== "clone") return [];
  const source = world.inventory.containers.get(origin.source);
  const remedy = `phoenixctl orchestrate ${origin.source}`;
  if (source === undefined)
    return [{ reason: "CONTAINER_MISSING", message: `it is cloned from ${origin.source}, which does not exist`, remedy }];
  if (source.snapshots.some(({ name }) => name === origin.snapshot)) return [];
  return [
    { reason: "SNAPSHOT_MISSING", message: `it is cloned from ${origin.snapshot} of ${origin.source}, which has no such snapshot`, remedy },
  ];
};

const nameRule: Rule = (subject, request) => {
  if (request.kind !== "snapshot") return [];
  const problem = snapshotNameProblem(request.snapshot);
  if (problem !== null)
    return [{ reason: "INVALID", message: `"${request.snapshot}" is not a snapshot name: ${problem}`, remedy: "choose another name" }];
  if (snapshotOf(subject, request.snapshot) === null) return [];
  const remedy = `choose another name, or phoenixctl snapshot delete ${subject.ctid} ${request.snapshot}`;
  return [{ reason: "SNAPSHOT_EXISTS", message: `it has a snapshot ${request.snapshot} already`, remedy }];
};

const targetRule: Rule = (subject, request) => {
  if ((request.kind !== "restore" && request.kind !== "delete") || subject.container === null) return [];
  if (snapshotOf(subject, request.snapshot) !== null) return [];
  return [
    { reason: "SNAPSHOT_MISSING", message: `it has no snapshot ${request.snapshot}`, remedy: `phoenixctl snapshot list ${subject.ctid}` },
  ];
};

const renewal: readonly Rule[] = [snapshotsRule, baseRule, backToBaseRule, scriptRule, spaceRule];

const rulesOf: Readonly<Record<RunRequest["kind"], readonly Rule[]>> = {
  orchestrate: [snapshotsRule, originRule, rebaselineRule, featuresRule, scriptRule, spaceRule],
  reconfigure: renewal,
  letsgo: renewal,
  snapshot: [nameRule, snapshotsRule, spaceRule],
  restore: [targetRule, snapshotsRule, newerRule((request) => ("snapshot" in request ? request.snapshot : ""), []), spaceRule],
  delete: [targetRule],
  clone: [...cloneRules, spaceRule],
  start: [],
  stop: [],
  restart: [],
  autostart: [],
  "gpu-shutdown": [accessRule, useRule],
};
