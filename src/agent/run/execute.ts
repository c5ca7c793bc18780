import type { Clock } from "../domain/clock.ts";
import { Fault, toFailure } from "../domain/errors.ts";
import type { Events } from "../domain/event.ts";
import type { Journal, RunRecord } from "../domain/journal.ts";
import { about, type Log } from "../domain/log.ts";
import type { Plan } from "../domain/plan.ts";
import { apply, cancelStrikes, next, type Ending, type Next, type RunEvent, type RunId, type RunState } from "../domain/run.ts";
import type { Action, Step } from "../domain/step.ts";
import type { Driver } from "../driver/driver.ts";
import type { World } from "../plan/world.ts";
import { act } from "./act.ts";
import type { Feed } from "./feed.ts";
import { meter, metered } from "./meter.ts";
import { outcomeOf } from "./outcome.ts";
import { halfDone, isDoneAfterAll } from "./truth.ts";
import { collectOutput } from "./output.ts";
import { createPatience } from "./patience.ts";
import { waitingOutput } from "./waiting-output.ts";
import type { Seats } from "./seats.ts";

/** What every run needs, wired together in agent.ts. */
export interface Parts {
  readonly driver: Driver;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
  readonly feed: Feed;
  readonly world: () => Promise<World>;
  readonly events: Events;
  /** Who starts at a boot takes one, as soon as it has waited for everything that has to be waited for. */
  readonly boot_seats: Seats;
}

/** A run that is being executed. */
export interface Execution {
  /** Resolves when the run has ended, or when it was left for the agent's next life. */
  readonly ended: Promise<RunState>;
  /** The journal says that somebody wants it cancelled: ends the step under way where that may be. */
  readonly cancel: () => void;
  /** The agent goes away: steps that may take long are cut off and taken up in its next life; short ones are finished. */
  readonly leave: () => void;
}

/** Steps that run the owner's scripts or wait: cut off when the agent goes away. The others end soon, and are waited for. */
const cutOff: ReadonlySet<Action["do"]> = new Set<Action["do"]>([
  "application",
  "feature",
  "ready",
  "health",
  "wait",
  "await",
  "memory-back",
]);
/** Steps of a boot that take no seat. */
const seatless: ReadonlySet<Action["do"]> = new Set<Action["do"]>(["wait", "await", "preflight"]);
/** A platform that does not answer an abort is waited for so long, in milliseconds; then the step has failed. */
const abortGrace = 30_000;
/** Steps that wait come first, so the beginning of what has happened tells when they began. */
const longestStory = 1000;

/** A step that is about to be done; the journal says so already. */
type Intent = Pick<Extract<Next, { do: "step" }>, "step" | "attempt">;

/** Takes a run from where its journal stands to its end: what is next, journal the intent, act, journal the outcome. */
export function execute(record: RunRecord, parts: Parts): Execution {
  const { journal, clock, feed } = parts;
  const { id, plan } = record;
  const log = about(parts.log, { run: id, ctid: plan.request.ctid });
  const patience = createPatience({ clock, log });
  let state = record.state;
  let left = false;
  let seat: "none" | "taken" = "none";
  const gone = new AbortController();
  let current: { readonly step: Step; readonly abort: AbortController } | null = null;

  const waiting = waitingOutput((events) => journal.appendOutput(id, clock.now(), events));

  const write = async (events: readonly RunEvent[], done?: Action) => {
    await patience.until(() => {
      waiting.flush();
      journal.append(id, clock.now(), events, done === undefined ? undefined : { ctid: plan.request.ctid, action: done });
    });
    for (const event of events) state = apply(state, event, plan);
    feed.notify(id);
  };

  /** Journals what happened and, when a step follows at once, its intent: the disk is waited for once and not twice. */
  const proceed = async (event: RunEvent, done?: Action): Promise<Intent | null> => {
    const todo = next(apply(state, event, plan));
    const intent = todo.do === "step" && todo.wait_s === 0 && !needsSeat(todo.step) && !left ? todo : null;
    await write(intent === null ? [event] : [event, begins(intent)], done);
    return intent;
  };

  const attempt = async ({ step, attempt: number }: Intent): Promise<Intent | null> => {
    const abort = new AbortController();
    current = { step, abort };
    if (cancelStrikes(state, step)) abort.abort(cancelled());
    const time = meter(clock);
    const came = await perform(step, abort, time).then(
      (detail) => ({ detail }),
      (error: unknown) => ({ failure: toFailure(error) }),
    );
    current = null;
    if ("detail" in came) return proceed({ type: "step-finished", step: step.id, detail: came.detail, ...time.read() }, step.action);
    if (left && abort.signal.aborted) return null;
    const { failure } = came;
    if (await isDoneAfterAll(parts.driver, plan.request.ctid, id, step.action)) {
      const detail = `done, though the platform said: ${failure.message}`;
      return proceed({ type: "step-finished", step: step.id, detail, ...time.read() }, step.action);
    }
    const retried = failure.transient && number < step.attempts;
    const spoilt = retried ? undefined : (halfDone(step.action) ?? undefined);
    return proceed({ type: "step-failed", step: step.id, failure, retried, ...time.read() }, spoilt);
  };

  const perform = async (step: Step, abort: AbortController, time: ReturnType<typeof meter>) => {
    const { signal } = abort;
    const timer = new AbortController();
    const timedOut = new Fault("TIMEOUT", `${step.title} took longer than ${step.timeout_s} s`, `phoenixctl run logs ${id}`);
    void clock.sleep(step.timeout_s * 1000, timer.signal).then(
      () => abort.abort(timedOut),
      () => {},
    );
    let said = "";
    const output = collectOutput((pieces) => {
      waiting.add(pieces.map((piece) => ({ type: "output" as const, step: step.id, dropped: 0, ...piece })));
      const trouble = waiting.flush();
      const why = trouble === null ? "" : toFailure(trouble).message;
      if (why !== "" && why !== said) log.warn({ step: step.id }, `output is not kept as long as the journal can't be written: ${why}`);
      said = why;
      feed.notify(id);
    });
    const note = (text: string) => {
      try {
        journal.append(id, clock.now(), [{ type: "note", step: step.id, text }]);
      } catch (error) {
        log.warn({ step: step.id, note: text }, `a note is not kept: ${toFailure(error).message}`);
      }
      feed.notify(id);
    };
    try {
      const tools = {
        run: id,
        plan,
        step,
        output,
        clock,
        call: { run: id, signal, note },
        world: parts.world,
        events: parts.events,
        begun: () => firstStart(journal, id, step.id) ?? clock.now(),
        blob: (hash: string) => journal.blob(hash),
      };
      return await answered(act(metered({ ...tools, driver: parts.driver }, time)), signal);
    } catch (error) {
      throw signal.aborted && signal.reason instanceof Fault ? signal.reason : error;
    } finally {
      timer.abort();
      output.end();
    }
  };

  /** A call that ignores its abort fails all the same, a while after it. */
  const answered = async (work: Promise<string>, signal: AbortSignal) => {
    const over = new AbortController();
    const silence = new Promise<never>((_, reject) => {
      const late = () =>
        void clock.sleep(abortGrace, over.signal).then(
          () => reject(signal.reason as Error),
          () => {},
        );
      if (signal.aborted) late();
      else signal.addEventListener("abort", late, { once: true });
    });
    return Promise.race([work, silence]).finally(() => over.abort());
  };

  const outcome = async (ending: Ending) => {
    try {
      const { containers } = await parts.driver.observe();
      return outcomeOf(plan, state, ending, containers.get(plan.request.ctid) ?? null);
    } catch (error) {
      return `Its container could not be looked at: ${toFailure(error).message}.`;
    }
  };

  const needsSeat = (step: Step) => seat === "none" && isAtBoot(plan) && !seatless.has(step.action.do);

  /** Does what is next up to the intent of a step, which is given; null when something else is to be looked at first. */
  const approach = async (todo: Exclude<Next, { do: "nothing" }>): Promise<Intent | null> => {
    switch (todo.do) {
      case "begin":
        return proceed({ type: "started" });
      case "strike":
        return proceed({ type: "step-failed", step: todo.step.id, failure: cancelled().failure, ms: 0, platform_ms: 0, retried: false });
      case "finish":
        return proceed({ type: "finished", ending: todo.ending, outcome: await outcome(todo.ending) });
      case "step":
        if (needsSeat(todo.step)) {
          // What is next may be another thing by then.
          if (await parts.boot_seats.take(gone.signal)) seat = "taken";
          return null;
        }
        if (todo.wait_s > 0) await patience.pause(todo.wait_s * 1000);
        if (left) return null;
        await write([begins(todo)]);
        return todo;
    }
  };

  const run = async (): Promise<RunState> => {
    let intent: Intent | null = null;
    while (!left) {
      const todo = next(state);
      if (intent !== null) intent = await attempt(intent);
      else if (todo.do === "nothing") return state;
      else intent = await approach(todo);
    }
    return state;
  };

  return {
    ended: run()
      .catch((error: unknown) => {
        if (!left) log.error({}, `the run can't go on: ${toFailure(error).message}`);
        return state;
      })
      .finally(() => seat === "taken" && parts.boot_seats.leave()),
    cancel() {
      state = apply(state, { type: "cancel-requested" }, plan);
      if (current !== null && cancelStrikes(state, current.step)) current.abort.abort(cancelled());
    },
    leave() {
      left = true;
      gone.abort();
      patience.end();
      if (current !== null && cutOff.has(current.step.action.do)) current.abort.abort(leaving());
    },
  };
}

function begins({ step, attempt }: Intent): RunEvent {
  return { type: "step-started", step: step.id, attempt };
}

/** Whether a run is part of a boot, or of its reverse. */
export function isAtBoot({ request }: Plan): boolean {
  return "boot" in request && request.boot === true;
}

function firstStart(journal: Journal, run: RunId, step: string): number | null {
  const starts = journal.events(run, 0, longestStory).filter(({ event }) => event.type === "step-started" && event.step === step);
  return starts[0]?.at ?? null;
}

function cancelled(): Fault {
  return new Fault("CANCELLED", "it was cancelled", "");
}

function leaving(): Fault {
  return new Fault("SHUTTING_DOWN", "the agent was told to stop", "it goes on when the agent is started again");
}
