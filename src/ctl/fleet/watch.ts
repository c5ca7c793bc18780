import { setTimeout as sleep } from "node:timers/promises";
import { status, type ServiceError } from "@grpc/grpc-js";
import type { RunEvent__Output as RunEvent } from "../../../proto/types.ts";
import { listen, type Host } from "./host.ts";
import { isOutOfReach, Trouble, troubleOf } from "./trouble.ts";

/** How long a broken connection is put up with, in milliseconds. */
export interface Patience {
  readonly giveUp: number;
  readonly firstPause: number;
  readonly longestPause: number;
}

const usual: Patience = { giveUp: 120_000, firstPause: 100, longestPause: 2000 };

/** What goes wrong with the connection while a run is watched. */
export interface Connection {
  /** It broke; `since` is milliseconds since 1970. */
  readonly lost: (since: number) => void;
  readonly back: () => void;
}

/**
 * The events of a run from the first on, until it has ended or the signal is aborted. A broken connection, or an agent that is
 * restarted, is waited for, and nothing is told twice. Throws Trouble; out of reach when the agent stayed away too long.
 */
export async function* watchRun(
  host: Host,
  run_id: string,
  connection: Connection,
  signal: AbortSignal,
  patience: Patience = usual,
): AsyncGenerator<RunEvent, void, undefined> {
  let nextSeq = 0;
  let lostSince: number | null = null;
  let pause = patience.firstPause;
  while (!signal.aborted) {
    let trouble: Trouble | null = null;
    try {
      for await (const event of eventsFrom(host, run_id, nextSeq, signal)) {
        [lostSince, pause] = [null, patience.firstPause];
        connection.back();
        if (event.seq < nextSeq) continue;
        nextSeq = event.seq + 1;
        yield event;
        if (event.finished) return;
      }
    } catch (thrown) {
      trouble = troubleOf(thrown as ServiceError, host.contract);
      if (!signal.aborted && !isOutOfReach(trouble) && trouble.report?.reason !== "SHUTTING_DOWN") throw trouble;
    }
    if (signal.aborted) return;
    lostSince ??= Date.now();
    if (Date.now() - lostSince >= patience.giveUp) throw trouble ?? new Trouble(status.UNAVAILABLE, "the agent ended the stream", null);
    connection.lost(lostSince);
    await sleep(pause, undefined, { signal }).catch(() => undefined);
    pause = Math.min(pause * 2, patience.longestPause);
    if (await isReady(host, Math.min(patience.longestPause, patience.giveUp))) connection.back();
  }
}

async function* eventsFrom(host: Host, run_id: string, from_seq: number, signal: AbortSignal): AsyncGenerator<RunEvent> {
  const stream = listen(host, host.services.orchestration.WatchRun, { run_id, from_seq });
  const cancel = () => stream.cancel();
  signal.addEventListener("abort", cancel);
  try {
    for await (const { event } of stream as AsyncIterable<{ event: RunEvent | null }>) if (event) yield event;
  } finally {
    signal.removeEventListener("abort", cancel);
    stream.cancel();
  }
}

/** Waits a little for the connection to stand again: a run that says nothing for long would otherwise look lost for as long. */
function isReady(host: Host, ms: number): Promise<boolean> {
  return new Promise((resolve) => host.client.waitForReady(Date.now() + ms, (error) => resolve(error === undefined)));
}
