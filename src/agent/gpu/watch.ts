import type { AgentSettings } from "../config/settings.ts";
import type { Clock } from "../domain/clock.ts";
import type { Ctid, Inventory } from "../domain/container.ts";
import { toFailure } from "../domain/errors.ts";
import type { Events } from "../domain/event.ts";
import type { GpuState, Gpus, IdleBook } from "../domain/gpu.ts";
import type { Log } from "../domain/log.ts";
import { afterLook, remembered, type IdleRule, type Idling } from "./idle.ts";

/** Keeps looking at the GPUs. */
export interface GpuWatch {
  /** As they were at the last look. */
  readonly latest: () => GpuState;
  /** As they are now. Never throws. Who has just not answered is not waited for again. */
  readonly look: () => Promise<GpuState>;
  /** Looks every sample from now on, and tells what was seen. */
  readonly follow: (looked: (state: GpuState) => Promise<void>) => void;
  /** No look by itself from now on; resolves when none is under way. */
  readonly close: () => Promise<void>;
}

export interface GpuWatchParts {
  readonly read: () => Promise<Gpus>;
  readonly observe: () => Promise<Inventory>;
  readonly book: IdleBook;
  readonly clock: Clock;
  readonly events: Events;
  readonly log: Log;
  readonly rule: IdleRule & Pick<GpuState, "idle_after_ms" | "memory_back_s">;
}

/** The rule that settings make. */
export function idleRuleOf({ sample_s, idle_below_percent, idle_after_min, memory_back_s }: AgentSettings["gpu"]): GpuWatchParts["rule"] {
  return { sample_ms: sample_s * 1000, below_percent: idle_below_percent, idle_after_ms: idle_after_min * 60_000, memory_back_s };
}

/** What is idle is written down when that has grown by so many milliseconds, or when it is another container. */
const writtenEvery = 60_000;

/** A watch over the GPUs. */
export function createGpuWatch({ read, observe, book, clock, events, log, rule }: GpuWatchParts): GpuWatch {
  const ending = new AbortController();
  let seen: Gpus = { known: false, why: "nobody has looked yet" };
  let seenAt = -Infinity;
  let idling: ReadonlyMap<Ctid, Idling> = remembered(book.all());
  let written = idling;
  let reading: Promise<void> | null = null;

  const state = (): GpuState => ({
    seen,
    // What nobody can see now is not idle now.
    idle: new Map(seen.known ? [...idling].map(([ctid, { idle_ms }]) => [ctid, idle_ms]) : []),
    idle_after_ms: rule.idle_after_ms,
    memory_back_s: rule.memory_back_s,
  });

  const readOnce = async () => {
    const before = seen;
    const first = seenAt === -Infinity;
    seen = await read();
    seenAt = clock.elapsed();
    // A host without GPUs has nothing to say, and says it once at most, when it is asked.
    if (before.known && !seen.known) {
      events.say({
        kind: "gpu.unseen",
        level: "warn",
        message: `nothing is known of the GPUs any more, so nobody counts as idle: ${seen.why}`,
      });
    } else if (!before.known && seen.known && !first)
      events.say({ kind: "gpu.seen", level: "info", message: "the GPUs can be seen again" });
  };

  const readShared = () => (reading ??= readOnce().finally(() => (reading = null)));

  const keep = () => {
    const changed = [...idling].some(([ctid, { idle_ms }]) => {
      const before = written.get(ctid)?.idle_ms;
      return before === undefined || idle_ms < before || idle_ms - before >= writtenEvery;
    });
    if (!changed && idling.size === written.size) return;
    book.keep([...idling.values()].map(({ ctid, idle_ms, seen: at }) => ({ ctid, idle_ms, seen: at })));
    written = idling;
  };

  const sample = async (looked: (state: GpuState) => Promise<void>) => {
    await readShared();
    const { containers } = await observe();
    const running = [...containers.values()]
      .filter((container) => container.state === "running" && container.gpu_access)
      .map(({ ctid }) => ctid);
    const owners = seen.known ? seen.gpus.flatMap(({ processes }) => processes.flatMap(({ ctid }) => ctid ?? [])) : [];
    const present = owners.filter((ctid) => containers.get(ctid)?.state === "running");
    idling = afterLook(idling, [...new Set([...running, ...present])], seen, clock.now(), rule);
    keep();
    await looked(state());
  };

  const loop = async (looked: (state: GpuState) => Promise<void>) => {
    while (!ending.signal.aborted) {
      try {
        await sample(looked);
      } catch (error) {
        log.error({}, `the GPUs could not be seen to: ${toFailure(error).message}`);
      }
      await clock.sleep(rule.sample_ms, ending.signal).catch(() => {});
    }
  };
  let looping = Promise.resolve();

  return {
    latest: state,
    async look() {
      const isFresh = !seen.known && clock.elapsed() - seenAt < rule.sample_ms;
      if (!isFresh) await readShared();
      return state();
    },
    follow: (looked) => void (looping = loop(looked)),
    async close() {
      ending.abort(new Error("the agent ends"));
      await looping;
    },
  };
}
