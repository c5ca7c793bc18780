import type { Ctid } from "../../domain/container.ts";
import { find, type Model, type SimContainer, type SimProcess } from "./model.ts";

/** Thrown in a command whose processes were killed. */
export const killed = new Error("killed");

/** Where a call's processes are listed. */
export interface Table {
  readonly add: (model: Model, pid: number, title: string) => void;
  readonly drop: (model: Model, pids: ReadonlySet<number>) => void;
  /** Makes them nobody's: their command has ended, and they go on. */
  readonly letGo: (model: Model, pids: ReadonlySet<number>) => void;
  /** The container, for a process that lives; throws `killed` for one that does not. */
  readonly find: (model: Model, pid: number) => SimContainer;
}

/** The processes inside a container. They end with it. */
export function insideTable(ctid: Ctid, run: string): Table {
  const change = (model: Model, edit: (list: readonly SimProcess[]) => readonly SimProcess[]) => {
    const container = model.containers[ctid];
    if (container !== undefined) container.processes = edit(container.processes);
  };
  return {
    add: (model, pid, title) => change(model, (list) => [...list, { pid, run, title }]),
    drop: (model, pids) => change(model, (list) => list.filter((process) => !pids.has(process.pid))),
    letGo: (model, pids) => change(model, (list) => list.map((process) => freed(process, pids))),
    find: (model, pid) => {
      const container = model.containers[ctid];
      if (container === undefined || !lives(container.processes, pid)) throw killed;
      return container;
    },
  };
}

/** The processes on the host that are for a container. */
export function hostTable(ctid: Ctid, run: string): Table {
  return {
    add: (model, pid, title) => (model.host_processes = [...model.host_processes, { pid, run, title, ctid }]),
    drop: (model, pids) => (model.host_processes = model.host_processes.filter((process) => !pids.has(process.pid))),
    letGo: (model, pids) => (model.host_processes = model.host_processes.map((process) => freed(process, pids))),
    find: (model, pid) => {
      if (!lives(model.host_processes, pid)) throw killed;
      return find(model, ctid);
    },
  };
}

function lives(list: readonly SimProcess[], pid: number): boolean {
  return list.some((process) => process.pid === pid);
}

function freed<T extends SimProcess>(process: T, pids: ReadonlySet<number>): T {
  return pids.has(process.pid) ? { ...process, run: "" } : process;
}
