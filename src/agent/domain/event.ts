import type { Ctid } from "./container.ts";
import type { RunKind } from "./plan.ts";
import type { Ending, RunEvent, RunId } from "./run.ts";

/** From harmless to bad. */
export const levels = ["info", "warn", "error"] as const;
export type Level = (typeof levels)[number];

/** What parts of the agent say, by stable names: what it is about, and what happened. Add a row here before using a new one. */
export const saidKinds = {
  "agent.started": "the agent serves this host",
  "agent.stopped": "it was told to end, and has",
  "config.new": "another version of the configuration is in force",
  "config.bad": "files on the host were edited and have errors, or can't be written",
  "host.booted": "the host has booted: what becomes of its containers",
  "boot.owner": "who starts containers at boot was changed, or could not be",
  "boot.drift": "a container is started by the platform otherwise than its owner of boots needs",
  "gpu.schedule": "a GPU schedule was due: what became of each container",
  "gpu.idle": "a container has been idle for too long, and is stopped",
  "gpu.memory-held": "a container was stopped, and its GPU memory has not come back",
  "gpu.unseen": "nvidia-smi does not answer any more as it should",
  "gpu.seen": "it does again",
  "notify.lost": "a notification could not be delivered for a day, and was given up",
  "snapshot.skip": "a snapshot that was due was not taken, or one of a schedule that is over was not deleted",
} as const satisfies Readonly<Record<string, string>>;
export type SaidKind = keyof typeof saidKinds;

/** What is read from the journal of runs, where it is written already; nobody says it. */
export const runEventKinds = {
  "run.started": "the first step of a run begins",
  "run.resumed": "the agent was away in the middle of a run, and has taken it up again",
  "run.finished": "a run has ended; the level says how",
} as const satisfies Readonly<Record<string, string>>;
export type RunEventKind = keyof typeof runEventKinds;

/** Something that happened on the host, for its owner. */
export interface HostEvent {
  /** Its place in the journal of this host, which runs and events share. Grows, with gaps. */
  readonly seq: number;
  readonly at: number;
  readonly kind: SaidKind | RunEventKind;
  readonly level: Level;
  /** null when it concerns the whole host. */
  readonly ctid: Ctid | null;
  readonly run: RunId | null;
  /** A sentence without a full stop, or more of them. Times in it are RFC 3339, which the client makes the reader's. */
  readonly message: string;
  /** More for programs. Never secrets. */
  readonly details: Readonly<Record<string, string>>;
}

/** An event as it is said. */
export interface Said {
  readonly kind: SaidKind;
  readonly level: Level;
  readonly message: string;
  /** Left out: it concerns the whole host. */
  readonly ctid?: Ctid | null;
  readonly run?: RunId | null;
  readonly details?: Readonly<Record<string, string>>;
}

/** Which events are wanted. */
export interface EventFilter {
  /** This level and worse. */
  readonly level: Level;
  /** null: of all containers and of the host. */
  readonly ctid: Ctid | null;
}

/** Where events are kept. Each call is one transaction that is on disk when it returns, and throws Fault STORE. */
export interface EventBook {
  readonly add: (event: Omit<HostEvent, "seq">) => void;
  /** The first events from a seq on, at most `limit`, in order; `next` is where to go on. */
  readonly from: (seq: number, filter: EventFilter, limit: number) => { readonly events: readonly HostEvent[]; readonly next: number };
  /** The newest events before a seq (null: of all), at most `limit`, in order. */
  readonly newest: (before: number | null, filter: EventFilter, limit: number) => readonly HostEvent[];
  /** The seq that the next event will have, at least. */
  readonly next: () => number;
}

/** Whoever has something to say about the host or a container that is no run's own. */
export interface Events {
  /** Writes it down, logs it and tells watchers. Never throws: what can't be written is logged at least. */
  readonly say: (event: Said) => void;
}

export function matches({ level }: Pick<HostEvent, "level">, filter: Pick<EventFilter, "level">): boolean {
  return levels.indexOf(level) >= levels.indexOf(filter.level);
}

const endingLevels: Readonly<Record<Ending, Level>> = { succeeded: "info", failed: "error", cancelled: "warn", skipped: "warn" };

/** What an entry of a run's journal is to the owner of the host; null: nothing of its own. */
export function runHappening(kind: RunKind, ctid: Ctid, event: RunEvent): Pick<HostEvent, "kind" | "level" | "message" | "details"> | null {
  const subject = `${kind} of ${ctid}`;
  switch (event.type) {
    case "started":
      return { kind: "run.started", level: "info", message: `${subject} begins`, details: { kind } };
    case "resumed":
      return { kind: "run.resumed", level: "warn", message: `${subject} goes on: ${event.why}`, details: { kind } };
    case "finished": {
      const { ending, outcome } = event;
      return { kind: "run.finished", level: endingLevels[ending], message: `${subject} ${ending}: ${outcome}`, details: { kind, ending } };
    }
    default:
      return null;
  }
}
