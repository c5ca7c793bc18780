import type { Ctid } from "../domain/container.ts";
import { isIdle } from "../domain/gpu.ts";
import { leaseText } from "../domain/lease.ts";
import type { Blocker, RunRequest } from "../domain/plan.ts";
import type { Step } from "../domain/step.ts";
import { minutes } from "./gpu-shutdown.ts";
import { gib, gpusOf, indexes, usesOf } from "./gpu-use.ts";
import { alreadyRunning } from "./steps.ts";
import { subjectOf, type Subject } from "./subject.ts";
import type { World } from "./world.ts";

/** Memory of a GPU that is somebody's: what the manifest promises a container, or what it holds, whichever is more. */
export interface Claim {
  /** null: of the host, and whatever nobody is listed for. */
  readonly ctid: Ctid | null;
  readonly mib: number;
}

/** A GPU on which a container that is to be started does not find what it needs. */
export interface Shortage {
  readonly index: number;
  readonly total_mib: number;
  readonly needed_mib: number;
  readonly claims: readonly Claim[];
}

/** Who has which part of a GPU, but for one container. Whoever has a run counts as if it ran: it may be about to. */
export function claimsOn(index: number, world: World, but: Ctid): readonly Claim[] {
  const { seen } = world.gpu;
  const gpu = seen.known ? seen.gpus.find((each) => each.index === index) : undefined;
  const held = (ctid: Ctid | null) => usesOf(ctid, world).find((use) => use.index === index)?.used_mib ?? 0;
  const users = [...world.inventory.containers.values()]
    .filter(({ ctid, state }) => ctid !== but && (state !== "stopped" || world.active.has(ctid)))
    .filter(({ ctid }) => gpusOf(ctid, world).includes(index))
    .map(({ ctid }) => ctid);
  const onIt = (gpu?.processes ?? []).flatMap(({ ctid }) => (ctid === null || ctid === but ? [] : [ctid]));
  const claims = [...new Set([...users, ...onIt])].map((ctid): Claim => {
    const promised = users.includes(ctid) ? (world.manifest.containers.get(ctid)?.gpu_memory_mb ?? 0) : 0;
    return { ctid, mib: Math.max(promised, held(ctid)) };
  });
  const listed = [...new Set([...onIt, but])].reduce((sum, ctid) => sum + held(ctid), 0);
  const rest = Math.max(0, (gpu?.used_mib ?? held(null)) - listed);
  return [...claims.toSorted((a, b) => b.mib - a.mib), { ctid: null, mib: rest }].filter(({ mib }) => mib > 0);
}

/** The GPUs that do not have room for a container as well. None when the manifest does not say what it needs. */
export function shortages(subject: Subject, gpus: readonly number[]): readonly Shortage[] {
  const { ctid, config, world } = subject;
  const { seen } = world.gpu;
  const needed_mib = config?.gpu_memory_mb ?? null;
  if (needed_mib === null || !seen.known) return [];
  return seen.gpus.flatMap(({ index, total_mib }) => {
    if (!gpus.includes(index) || total_mib === null) return [];
    const claims = claimsOn(index, world, ctid);
    return claims.reduce((sum, { mib }) => sum + mib, needed_mib) <= total_mib ? [] : [{ index, total_mib, needed_mib, claims }];
  });
}

/** The GPUs that a run starts its container with; none when it does not start it. */
export function startsWith({ config, container }: Subject, request: RunRequest, steps: readonly Step[]): readonly number[] {
  if (!steps.some(({ action }) => action.do === "start") || steps.some(isNoStart)) return [];
  const asItIs = request.kind === "start" || request.kind === "restart" || config?.settings.gpus === undefined;
  return asItIs ? indexes(container?.settings.gpus) : config.gpus;
}

/** A container that runs is not started: its steps say so, and do it if it has stopped meanwhile. */
function isNoStart({ id, detail }: Step): boolean {
  return id === "start" && detail === alreadyRunning;
}

/** Why a run may not start its container: GPU memory that others have. */
export function memoryBlockers(subject: Subject, request: RunRequest, steps: readonly Step[]): readonly Omit<Blocker, "ctid">[] {
  const { world } = subject;
  return shortages(subject, startsWith(subject, request, steps)).map(({ index, total_mib, needed_mib, claims }) => {
    const taken = claims.map((claim) => claimText(claim, world));
    const beside = taken.length === 0 ? "" : ` beside ${taken.join("; ")}`;
    const message = `GPU ${index} has ${gib(total_mib)}, not the ${gib(needed_mib)} that it needs${beside}`;
    const leased = claims.filter(({ ctid }) => ctid !== null && world.leases.has(ctid));
    const withoutLeased = claims
      .filter((claim) => leased.includes(claim) || claim.ctid === null)
      .reduce((sum, { mib }) => sum + mib, needed_mib);
    // Nothing helps but what somebody was promised.
    if (leased.length > 0 && withoutLeased > total_mib) {
      const holders = [...new Set(leased.map(({ ctid }) => world.leases.get(ctid ?? 0)?.holder ?? ""))].join(", ");
      return { reason: "LEASED", message, remedy: `ask ${holders}; --make-room --force stops what is in the way all the same` };
    }
    const idle = claims.filter(({ ctid }) => ctid !== null && !world.leases.has(ctid) && isIdle(world.gpu, ctid)).map(({ ctid }) => ctid);
    const first = claims.find(({ ctid }) => ctid !== null)?.ctid ?? null;
    if (first === null) return { reason: "NO_GPU_MEMORY", message, remedy: "phoenixctl gpu list shows what holds it" };
    const remedy =
      idle.length > 0 ? `--make-room stops what is idle: ${idle.join(", ")}` : `phoenixctl stop ${first}, or --make-room --force`;
    return { reason: "NO_GPU_MEMORY", message, remedy };
  });
}

/** That nobody could look whether there is room. */
export function memoryWarnings(subject: Subject, request: RunRequest, steps: readonly Step[]): readonly string[] {
  const { config, world } = subject;
  const needed = config?.gpu_memory_mb ?? null;
  const gpus = startsWith(subject, request, steps);
  if (world.gpu.seen.known || needed === null || gpus.length === 0) return [];
  return [`nobody knows whether GPU ${gpus.join(", ")} has the ${gib(needed)} that it needs: ${world.gpu.seen.why}`];
}

function claimText({ ctid, mib }: Claim, world: World): string {
  if (ctid === null) return `the host ${gib(mib)}`;
  const lease = world.leases.get(ctid);
  const idle_ms = world.gpu.idle.get(ctid) ?? 0;
  const run = world.inventory.containers.get(ctid)?.state === "stopped" ? world.active.get(ctid) : undefined;
  const remarks = [
    ...(lease === undefined ? [] : [leaseText(lease)]),
    ...(idle_ms < 60_000 ? [] : [`idle for ${minutes(idle_ms)}`]),
    ...(run === undefined ? [] : [`run ${run} has it`]),
  ];
  return `${ctid} ${subjectOf(ctid, world).name} ${gib(mib)}${remarks.length === 0 ? "" : ` (${remarks.join(", ")})`}`;
}

/**
 * Who is to be stopped so that a container finds the GPU memory that it needs: those who are idle and not leased, and if it may
 * be whoever it is then those in use, and then those leased; of each, the highest boot_order first. None when that would not be enough,
 * or when there is room.
 */
export function makeRoom(subject: Subject, gpus: readonly number[], who: "idle" | "whoever", spared: ReadonlySet<Ctid>): readonly Ctid[] {
  const { world } = subject;
  const lacking = shortages(subject, gpus);
  const over = ({ total_mib, needed_mib, claims }: Shortage, gone: readonly Ctid[]) =>
    claims.filter(({ ctid }) => ctid === null || !gone.includes(ctid)).reduce((sum, { mib }) => sum + mib, needed_mib) > total_mib;
  const short = (gone: readonly Ctid[]) => lacking.some((shortage) => over(shortage, gone));
  const helps = (ctid: Ctid, gone: readonly Ctid[]) =>
    lacking.some((shortage) => over(shortage, gone) && shortage.claims.some((claim) => claim.ctid === ctid));
  const candidates = [...new Set(lacking.flatMap(({ claims }) => claims.flatMap(({ ctid }) => ctid ?? [])))]
    .filter((ctid) => !spared.has(ctid) && !world.active.has(ctid) && world.inventory.containers.get(ctid)?.state === "running")
    .filter((ctid) => who === "whoever" || rank(ctid, world) === 0)
    .toSorted((a, b) => rank(a, world) - rank(b, world) || order(b, world) - order(a, world) || b - a);
  const gone = candidates.reduce<readonly Ctid[]>((all, ctid) => (helps(ctid, all) ? [...all, ctid] : all), []);
  if (short(gone)) return [];
  // One that was taken early may have become needless: whoever is worth most is given back first.
  return gone
    .toReversed()
    .reduce((all, ctid) => (short(all.filter((other) => other !== ctid)) ? all : all.filter((other) => other !== ctid)), gone);
}

/** 0: idle, 1: in use, or nobody knows, 2: leased. */
function rank(ctid: Ctid, world: World): number {
  if (world.leases.has(ctid)) return 2;
  return isIdle(world.gpu, ctid) ? 0 : 1;
}

/** An unset order comes last at boot, and is worth least. */
function order(ctid: Ctid, { manifest }: World): number {
  return manifest.containers.get(ctid)?.boot.order ?? Number.MAX_SAFE_INTEGER;
}
