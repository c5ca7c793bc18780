import { status, type ClientReadableStream, type ServiceError } from "@grpc/grpc-js";
import type { EventLevel, HostEvent__Output as HostEvent, RunEvent__Output as RunEvent } from "../../../proto/types.ts";
import { listen, type Host } from "./host.ts";
import { mayComeBack, waiting, type Connection, type Patience } from "./patience.ts";
import { Trouble, troubleOf } from "./trouble.ts";

const usual: Patience = { giveUp: 120_000, firstPause: 100, longestPause: 2000 };

/** A stream of things that are numbered, to be asked for from any of them on. */
interface Stream<T> {
  readonly from: number;
  readonly open: (from_seq: number) => ClientReadableStream<{ readonly event: T | null }>;
  readonly isLast: (event: T) => boolean;
}

/**
 * The events of a run from the first on, until it has ended or the signal is aborted. A broken connection, or an agent that is
 * restarted, is waited for, and nothing is told twice. Throws Trouble; out of reach when the agent stayed away too long.
 */
export function watchRun(
  host: Host,
  run_id: string,
  connection: Connection,
  signal: AbortSignal,
  patience: Patience = usual,
): AsyncGenerator<RunEvent, void, undefined> {
  const stream: Stream<RunEvent> = {
    from: 0,
    open: (from_seq) => listen(host, host.services.orchestration.WatchRun, { run_id, from_seq }),
    isLast: (event) => event.finished !== undefined && event.finished !== null,
  };
  return watch(host, stream, connection, signal, patience);
}

/** The events of the host from a seq on, until the signal is aborted; otherwise as watchRun. */
export function watchEvents(
  host: Host,
  request: { readonly from_seq: number; readonly ctid: number; readonly min_level: EventLevel },
  connection: Connection,
  signal: AbortSignal,
  patience: Patience = usual,
): AsyncGenerator<HostEvent, void, undefined> {
  const stream: Stream<HostEvent> = {
    from: request.from_seq,
    open: (from_seq) => listen(host, host.services.host.WatchEvents, { ...request, from_seq }),
    isLast: () => false,
  };
  return watch(host, stream, connection, signal, patience);
}

async function* watch<T extends { readonly seq: number }>(
  host: Host,
  stream: Stream<T>,
  connection: Connection,
  signal: AbortSignal,
  patience: Patience,
): AsyncGenerator<T, void, undefined> {
  const agent = waiting(host, connection, patience, signal);
  let nextSeq = stream.from;
  while (!signal.aborted) {
    let trouble: Trouble | null = null;
    try {
      for await (const event of eventsOf(stream.open(nextSeq), signal)) {
        agent.heard();
        if (event.seq < nextSeq) continue;
        nextSeq = event.seq + 1;
        yield event;
        if (stream.isLast(event)) return;
      }
    } catch (thrown) {
      trouble = troubleOf(thrown as ServiceError, host.contract);
      if (!signal.aborted && !mayComeBack(trouble)) throw trouble;
    }
    if (signal.aborted) return;
    await agent.lost(trouble ?? new Trouble(status.UNAVAILABLE, "the agent ended the stream", null));
  }
}

async function* eventsOf<T>(stream: ClientReadableStream<{ readonly event: T | null }>, signal: AbortSignal): AsyncGenerator<T> {
  const cancel = () => stream.cancel();
  signal.addEventListener("abort", cancel);
  try {
    for await (const { event } of stream as AsyncIterable<{ event: T | null }>) if (event) yield event;
  } finally {
    signal.removeEventListener("abort", cancel);
    stream.cancel();
  }
}
