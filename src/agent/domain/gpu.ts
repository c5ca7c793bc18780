import type { Ctid } from "./container.ts";

/** A process that computes on a GPU. Its pid is the host's. */
export interface GpuProcess {
  readonly pid: number;
  /** What it runs, as nvidia-smi names it; may be empty. */
  readonly program: string;
  /** The container that it is in; null when it is none's. */
  readonly ctid: Ctid | null;
  /** MiB; null when it is not known. */
  readonly used_mib: number | null;
  /** When it began, milliseconds since 1970; null when it is not known. */
  readonly since: number | null;
}

/** A GPU as it was seen. null: nvidia-smi does not say. Memory in MiB. */
export interface Gpu {
  readonly index: number;
  readonly model: string;
  readonly used_mib: number | null;
  readonly total_mib: number | null;
  readonly utilization_percent: number | null;
  readonly processes: readonly GpuProcess[];
}

/** The GPUs of a host, or why nothing is known of them. Nothing known is not nothing there: nobody may take it for idle. */
export type Gpus = { readonly known: true; readonly gpus: readonly Gpu[] } | { readonly known: false; readonly why: string };

/** How long containers have been idle in milliseconds, as far as that was seen. Who is not in it is in use, or nobody knows. */
export type IdleTimes = ReadonlyMap<Ctid, number>;

/** What is known of the GPUs of a host at one moment, with what it is judged by. */
export interface GpuState {
  readonly seen: Gpus;
  readonly idle: IdleTimes;
  /** Who has been idle for so long counts as idle. */
  readonly idle_after_ms: number;
  /** After a stop the memory has to be back within so many seconds. */
  readonly memory_back_s: number;
}

/** Whether a container counts as idle. */
export function isIdle({ idle, idle_after_ms }: GpuState, ctid: Ctid): boolean {
  return (idle.get(ctid) ?? -1) >= idle_after_ms;
}

/** What is remembered of a container that is idle. Times are milliseconds since 1970. */
export interface IdleTime {
  readonly ctid: Ctid;
  /** Time that was seen to be idle. */
  readonly idle_ms: number;
  /** When it was last seen idle. */
  readonly seen: number;
}

/** Where that is kept. Each call is one transaction that is on disk when it returns, and throws Fault STORE. */
export interface IdleBook {
  readonly all: () => readonly IdleTime[];
  /** In place of everything that was kept. */
  readonly keep: (times: readonly IdleTime[]) => void;
}
