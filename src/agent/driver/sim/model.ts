// What the simulated platform knows; plain data, so that it can lie in a file.
// Only containers and Files are changed in place; everything else is replaced, so that it can be handed out.
import { readDescription, type Attachment, type ContainerState, type Ctid, type Settings } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";

/** A file; `bytes` holds one byte in each character (latin1). A folder is an entry whose path ends in "/". */
export interface SimFile {
  readonly bytes: string;
  readonly mode: number;
}

export type Files = Record<string, SimFile>;

/** A process that outlives the call which began it: when the agent is killed, or as a child in the background. */
export interface SimProcess {
  readonly pid: number;
  /** The run whose command it belongs to; empty when that command has ended. */
  readonly run: string;
  readonly title: string;
}

export interface SimSnapshot {
  readonly name: string;
  readonly created: number;
  readonly parent: string | null;
  readonly description: string;
  readonly settings: Settings;
  readonly attachments: readonly Attachment[];
  readonly rootfs: Readonly<Files>;
  /** What was in the volumes that snapshots take along, by source. */
  readonly volumes: Readonly<Record<string, Readonly<Files>>>;
}

export interface SimContainer {
  readonly ctid: Ctid;
  name: string;
  readonly pool: string;
  readonly unprivileged: boolean;
  /** The run that made it. */
  readonly run: string;
  state: ContainerState;
  lock: string | null;
  /** The run whose unfinished work the lock is, when it is Phoenix's own. */
  lock_run: string | null;
  settings: Settings;
  attachments: readonly Attachment[];
  detached: readonly string[];
  rootfs: Files;
  snapshots: readonly SimSnapshot[];
  /** A snapshot that is being taken, under a temporary name as it were. */
  half: SimSnapshot | null;
  /** The snapshot that the root file system comes from. */
  parent: string | null;
  processes: readonly SimProcess[];
  /** Its init does not listen to a request to shut down. */
  stubborn: boolean;
}

export interface Model {
  readonly containers: Record<string, SimContainer>;
  readonly volumes: Record<string, Files>;
  /** Folders of the host that are bind mounted somewhere. */
  readonly folders: Record<string, Files>;
  readonly machines: Record<string, "running" | "stopped">;
  /** Scripts that run on the host, by the container that they are for. */
  host_processes: readonly (SimProcess & { readonly ctid: Ctid })[];
  /** How often each fault rule's call was made; here, so that a crash does not strike again after a restart. */
  readonly struck: Record<string, number>;
  last_pid: number;
}

/** A platform on which nothing is. */
export function emptyModel(): Model {
  return { containers: {}, volumes: {}, folders: {}, machines: {}, host_processes: [], struck: {}, last_pid: 100 };
}

/** A container that was just unpacked. */
export function newContainer(wanted: Pick<SimContainer, "ctid" | "name" | "pool" | "unprivileged" | "run" | "settings">): SimContainer {
  const empty = { attachments: [], detached: [], rootfs: {}, snapshots: [], half: null, parent: null, processes: [] };
  return { ...wanted, ...empty, state: "stopped", lock: null, lock_run: null, stubborn: false };
}

/** The container, or Fault CONTAINER_MISSING. */
export function find(model: Model, ctid: Ctid): SimContainer {
  const container = model.containers[ctid];
  if (container === undefined) throw new Fault("CONTAINER_MISSING", `container ${ctid} does not exist`, "orchestrate it to create it");
  return container;
}

/** The container, if it is not locked by anybody else than this run's own unfinished work; Faults CONTAINER_MISSING, LOCKED. */
export function findUnlocked(model: Model, ctid: Ctid, ownRun: string | null = null): SimContainer {
  const container = find(model, ctid);
  const own = container.lock_run !== null && container.lock_run === ownRun;
  if (container.lock !== null && !own)
    throw new Fault("LOCKED", `container ${ctid} is locked (${container.lock})`, `wait until the ${container.lock} is over`);
  return container;
}

/** The container, if processes can run in it; Faults CONTAINER_MISSING, CONTAINER_NOT_RUNNING. */
export function findRunning(model: Model, ctid: Ctid): SimContainer {
  const container = find(model, ctid);
  if (container.state !== "running")
    throw new Fault("CONTAINER_NOT_RUNNING", `container ${ctid} is ${container.state}`, `phoenixctl start ${ctid}`);
  return container;
}

/** Stops a container at once, with everything in it. */
export function halt(container: SimContainer): void {
  container.state = "stopped";
  container.processes = [];
}

/** Takes away what a run left half done: a container half made, a snapshot half taken, a restore half done. True when there was something. */
export function tidy(model: Model, ctid: Ctid, run: string): boolean {
  const container = model.containers[ctid];
  if (container === undefined) return false;
  const halfTaken = container.half !== null && readDescription(container.half.description).run === run;
  if (halfTaken) container.half = null;
  if (container.lock_run !== run) return halfTaken;
  if (container.lock === "create") delete model.containers[ctid];
  container.lock = container.lock_run = null;
  return true;
}
