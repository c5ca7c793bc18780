import type { Ctid } from "../../domain/container.ts";
import { find, type Model, type SimContainer } from "./model.ts";

/** Thrown in a process whose container was stopped. */
export const killed = new Error("killed");

/** Where a call's processes are listed. */
export interface Table {
  readonly add: (model: Model, pid: number, title: string) => void;
  /** Whether this one is still there. */
  readonly has: (model: Model, pid: number) => boolean;
  readonly drop: (model: Model, pids: ReadonlySet<number>) => void;
  /** The container, as long as its processes can live. */
  readonly find: (model: Model) => SimContainer;
}

/** The processes inside a container. They end with it. */
export function insideTable(ctid: Ctid, run: string): Table {
  const list = (model: Model) => model.containers[ctid]?.processes ?? [];
  return {
    add: (model, pid, title) => (find(model, ctid).processes = [...list(model), { pid, run, title }]),
    has: (model, pid) => list(model).some((process) => process.pid === pid),
    drop: (model, pids) => {
      const container = model.containers[ctid];
      if (container !== undefined) container.processes = list(model).filter((process) => !pids.has(process.pid));
    },
    find: (model) => {
      const container = model.containers[ctid];
      if (container?.state !== "running") throw killed;
      return container;
    },
  };
}

/** The processes on the host that are for a container. */
export function hostTable(ctid: Ctid, run: string): Table {
  return {
    add: (model, pid, title) => (model.host_processes = [...model.host_processes, { pid, run, title, ctid }]),
    has: (model, pid) => model.host_processes.some((process) => process.pid === pid),
    drop: (model, pids) => (model.host_processes = model.host_processes.filter((process) => !pids.has(process.pid))),
    find: (model) => find(model, ctid),
  };
}
