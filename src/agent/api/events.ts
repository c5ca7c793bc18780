import { toTimestamp, type EventLevel__Output, type HostEvent__Output } from "../../../proto/index.ts";
import type { HostServiceHandlers } from "../../../proto/services.ts";
import type { EventFilter, HostEvent, Level } from "../domain/event.ts";
import type { Adapter } from "./adapt.ts";
import type { Parts } from "./parts.ts";
import { complaint, ctidOrAll, demand, limit, sequence, type Complaint } from "./validate.ts";

const usualLimit = 50;
const mostEvents = 1000;

const levelsByName: Readonly<Record<EventLevel__Output, Level>> = {
  EVENT_LEVEL_UNSPECIFIED: "info",
  EVENT_LEVEL_INFO: "info",
  EVENT_LEVEL_WARN: "warn",
  EVENT_LEVEL_ERROR: "error",
};

/** The part of HostService that is about events. */
export function events({ events: book }: Parts, { unary, serverStream }: Adapter): Pick<HostServiceHandlers, "ListEvents" | "WatchEvents"> {
  return {
    ListEvents: unary((request) => {
      demand(
        ctidOrAll(request.ctid),
        level(request.min_level),
        limit(request.limit, mostEvents),
        sequence(request.before_seq, "before_seq"),
      );
      const before = request.before_seq === 0 ? null : request.before_seq;
      const most = request.limit === 0 ? usualLimit : request.limit;
      return { events: book.newest(before, filterOf(request), most).map(toHostEvent), next_seq: book.next() };
    }),

    WatchEvents: serverStream(async (request, { send, signal }) => {
      demand(ctidOrAll(request.ctid), level(request.min_level), sequence(request.from_seq));
      for await (const event of book.watch(request.from_seq, filterOf(request), signal)) await send({ event: toHostEvent(event) });
      signal.throwIfAborted();
    }),
  };
}

function level(name: string): Complaint {
  return Object.hasOwn(levelsByName, name) ? null : complaint("min_level", "expected a level of events", name);
}

function filterOf({ ctid, min_level }: { readonly ctid: number; readonly min_level: EventLevel__Output }): EventFilter {
  return { ctid: ctid === 0 ? null : ctid, level: levelsByName[min_level] };
}

/** An event for the caller. */
export function toHostEvent({ seq, at, kind, level: of, ctid, run, message, details }: HostEvent): HostEvent__Output {
  return {
    seq,
    at: toTimestamp(at),
    kind,
    level: `EVENT_LEVEL_${of.toUpperCase() as Uppercase<Level>}`,
    ctid: ctid ?? 0,
    run_id: run ?? "",
    message,
    details: { ...details },
  };
}
