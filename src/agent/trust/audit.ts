import type { AuditBook, AuditedCall, AuditedResult } from "../domain/audit.ts";
import type { Clock } from "../domain/clock.ts";
import { toFailure } from "../domain/errors.ts";
import type { Log } from "../domain/log.ts";
import { nameOf, type Caller } from "../domain/trust.ts";

/** Writes down who did what. */
export interface Auditor {
  /** Writes that a call begins, before anything is done for it; the function that it gives writes what became of it. Throws Fault STORE. */
  readonly begin: (caller: Caller, method: string, args: string) => (outcome: AuditedResult) => void;
  /** Writes a call that is over, and changed something. */
  readonly done: (caller: Caller, method: string, args: string, outcome: AuditedResult) => void;
  /** Writes a call that was refused. When one caller, or all of them, have many refused, they are written together. */
  readonly refused: (caller: Caller, method: string, args: string, outcome: AuditedResult) => void;
  /** Writes what was kept back for longer than a minute; with `all`, all of it. */
  readonly flush: (what: "due" | "all") => void;
}

/** So many refused calls are written one by one, of one caller and of all; and one more for each time span, in milliseconds. */
const own = { burst: 30, refill: 2000 };
const shared = { burst: 300, refill: 1000 };
/** What is written together waits no longer than this. */
const longestWait = 60_000;
/** Callers that are told apart. When there are more, those who wait longest are written. */
const mostCallers = 1000;

interface Kept {
  readonly level: { left: number; at: number };
  /** The newest of the calls that were kept back, and how many they are. */
  held: { readonly call: AuditedCall; readonly outcome: AuditedResult; readonly times: number; readonly since: number } | null;
}

/** The auditor of an agent. */
export function createAuditor(parts: { readonly book: AuditBook; readonly clock: Pick<Clock, "now">; readonly log: Log }): Auditor {
  const { book, clock, log } = parts;
  const callers = new Map<string, Kept>();
  const everybody = { left: shared.burst, at: clock.now() };

  const callOf = (caller: Caller, method: string, args: string): AuditedCall => ({
    at: clock.now(),
    who: nameOf(caller),
    fingerprint: caller.kind === "certificate" ? caller.certificate.fingerprint : "",
    address: caller.kind === "local" ? "" : caller.address,
    method,
    arguments: args,
  });

  /** Nothing is undone because it could not be written down that it was done. */
  function keep(write: () => void): void {
    try {
      write();
    } catch (thrown) {
      log.error({}, `the audit could not be written: ${toFailure(thrown).message}`);
    }
  }

  function writeHeld(kept: Kept): void {
    const { held } = kept;
    kept.held = null;
    if (held !== null) keep(() => book.whole(held.call, held.outcome, held.times));
  }

  function flush(what: "due" | "all"): void {
    for (const [key, kept] of callers) {
      if (kept.held !== null && (what === "all" || clock.now() - kept.held.since >= longestWait)) writeHeld(kept);
      if (kept.held === null && clock.now() - kept.level.at > own.burst * own.refill) callers.delete(key);
    }
  }

  return {
    begin: (caller, method, args) => {
      const no = book.begin(callOf(caller, method, args));
      return (outcome) => keep(() => book.end(no, clock.now(), outcome));
    },
    done: (caller, method, args, outcome) => keep(() => book.whole(callOf(caller, method, args), outcome, 1)),
    refused: (caller, method, args, outcome) => {
      const call = callOf(caller, method, args);
      const key = `${call.fingerprint} ${call.address}`;
      if (!callers.has(key) && callers.size >= mostCallers) flush("all");
      if (callers.size >= mostCallers) callers.clear();
      const kept = callers.get(key) ?? { level: { left: own.burst, at: call.at }, held: null };
      callers.set(key, kept);
      if (takes(kept.level, own, call.at) && takes(everybody, shared, call.at)) {
        writeHeld(kept);
        keep(() => book.whole(call, outcome, 1));
        return;
      }
      kept.held = { call, outcome, times: (kept.held?.times ?? 0) + 1, since: kept.held?.since ?? call.at };
      if (call.at - kept.held.since >= longestWait) writeHeld(kept);
    },
    flush,
  };
}

/** Takes one from what fills again by itself; false when it is empty. The clock on the wall may jump; it then fills later, or at once. */
function takes(level: { left: number; at: number }, { burst, refill }: typeof own, now: number): boolean {
  const gained = Math.floor(Math.max(0, now - level.at) / refill);
  level.left = Math.min(burst, level.left + gained);
  level.at = gained > 0 || now < level.at ? now : level.at;
  if (level.left < 1) return false;
  level.left -= 1;
  return true;
}
