import type { Clock } from "../domain/clock.ts";
import { toFailure } from "../domain/errors.ts";
import type { Log } from "../domain/log.ts";

/** What the agent needs to do its work, each looked at by itself; grpc.health.v1 knows them by these names. */
export const vitalNames = ["driver", "database", "scheduler"] as const;
export type Vital = (typeof vitalNames)[number];

/** Knows whether what the agent needs is well. */
export interface Vitals {
  /** Why it is not well, as of the newest look; null when it is, or when nobody has looked yet. */
  readonly latest: (vital: Vital) => string | null;
  /** Looks now, unless that was done in the last few seconds. Never throws, and takes no longer than `patience`. */
  readonly look: (vital: Vital) => Promise<void>;
  /** Calls somebody whenever one of them has fallen ill or become well; gives the way to end that. */
  readonly onChange: (changed: () => void) => () => void;
  /** Looks at all of them by itself from now on. */
  readonly follow: () => void;
  /** No look by itself any more. */
  readonly close: () => void;
}

export interface VitalParts {
  /** Each throws, or rejects, with why it is not well. */
  readonly probes: Readonly<Record<Vital, () => unknown>>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Milliseconds: between two looks that nobody has asked for, for how long a look counts, and how long a probe may take. */
const every = 30_000;
const fresh = 3000;
export const patience = 10_000;

export function createVitals({ probes, clock, log }: VitalParts): Vitals {
  const found = new Map<Vital, { readonly why: string | null; readonly at: number }>();
  /** Probes that have not answered yet. One that hangs is not begun a second time. */
  const asked = new Map<Vital, Promise<string | null>>();
  const listeners = new Set<() => void>();
  const ending = new AbortController();

  const ask = (vital: Vital): Promise<string | null> => {
    const under = asked.get(vital);
    if (under !== undefined) return under;
    const answer = (async () => probes[vital]())().then(
      () => null,
      (thrown: unknown) => toFailure(thrown).message,
    );
    asked.set(vital, answer);
    void answer.then(() => asked.delete(vital));
    return answer;
  };

  const inTime = async (answer: Promise<string | null>): Promise<string | null> => {
    const over = new AbortController();
    const late = clock.sleep(patience, over.signal).then(
      () => `no answer for ${patience / 1000} s`,
      () => null,
    );
    return Promise.race([answer, late]).finally(() => over.abort());
  };

  const look = async (vital: Vital) => {
    const before = found.get(vital);
    if (before !== undefined && clock.elapsed() - before.at < fresh) return;
    const why = await inTime(ask(vital));
    // What is closed at the end is not ill.
    if (ending.signal.aborted) return;
    const was = found.get(vital)?.why ?? null;
    found.set(vital, { why, at: clock.elapsed() });
    if ((why === null) === (was === null)) return;
    if (why === null) log.info({ vital }, `the ${vital} is well again`);
    else log.error({ vital }, `the ${vital} is not well: ${why}`);
    for (const changed of listeners) changed();
  };

  const keepLooking = async () => {
    while (!ending.signal.aborted) {
      await Promise.all(vitalNames.map(look));
      await clock.sleep(every, ending.signal).catch(() => {});
    }
  };

  return {
    latest: (vital) => found.get(vital)?.why ?? null,
    look,
    onChange: (changed) => {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
    follow: () => void keepLooking(),
    close: () => ending.abort(),
  };
}
