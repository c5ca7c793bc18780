import { complaint } from "../complaint.ts";
import { exit } from "../exit.ts";
import { ask, type Host } from "../fleet/host.ts";
import { watchEvents } from "../fleet/watch.ts";
import { withHost } from "../fleet/with-host.ts";
import { onInterrupt } from "../follow/interrupt.ts";
import { eventLine } from "../render/events.ts";
import { hostEventRecord, hostRecord } from "../render/json.ts";
import { span } from "../render/line.ts";
import { hostLabel, type HostName } from "../render/words.ts";
import type { Globals, Session } from "../session.ts";
import type { HostEvent__Output as HostEvent } from "../../../proto/types.ts";

/** The most that an agent lists at once. */
const mostEvents = 1000;

/** The flags of events. */
export interface EventFlags extends Globals {
  readonly limit?: number;
  readonly level: "info" | "warn" | "error";
  readonly ctid?: number;
  readonly follow?: boolean;
}

type Filter = Omit<Parameters<typeof watchEvents>[1], "from_seq">;

/** Lists what happened on the host, and with --follow what happens. */
export async function events(session: Session, flags: EventFlags): Promise<number> {
  if (flags.follow === true && (session.output === "json" || session.output === "yaml"))
    throw complaint(exit.usage, `--follow has no end, and -o ${session.output} is one document.`, [["instead", "-o ndjson"]]);
  const filter = { ctid: flags.ctid ?? 0, min_level: `EVENT_LEVEL_${flags.level.toUpperCase() as Uppercase<typeof flags.level>}` } as const;
  return withHost(session, "list of events", async (host, name) => {
    const limit = flags.limit ?? 20;
    const found = await ask(host, host.services.host.ListEvents, { ...filter, limit });
    if (session.output === "json" || session.output === "yaml")
      await session.document({ ...hostRecord(name), events: found.events.map(hostEventRecord) });
    else {
      if (session.output === "table" && (await areOlder(host, filter, found.events, limit)))
        session.print([
          [span(`older events are left out${limit < mostEvents ? `; more: --limit ${Math.min(mostEvents, limit * 5)}` : ""}`, "dim")],
        ]);
      for (const event of found.events) tell(session, name, event);
    }
    if (flags.follow === true) return follow(session, host, name, { ...filter, from_seq: found.next_seq });
    if (session.output === "table" && found.events.length === 0) session.print([[span(`no events on ${hostLabel(name)}`)]]);
    return exit.done;
  });
}

/** Whether there are older events than a list that is full. */
async function areOlder(host: Host, filter: Filter, [first, ...others]: readonly HostEvent[], limit: number): Promise<boolean> {
  if (first === undefined || others.length + 1 < limit) return false;
  return (await ask(host, host.services.host.ListEvents, { ...filter, limit: 1, before_seq: first.seq })).events.length > 0;
}

async function follow(session: Session, host: Host, name: HostName, request: Filter & { readonly from_seq: number }): Promise<number> {
  const interruption = onInterrupt();
  let lost = false;
  const connection = {
    lost: () => {
      if (!lost) session.printError([[span(`The connection to ${hostLabel(name)} broke; waiting for it.`)]]);
      lost = true;
    },
    back: () => void (lost = false),
  };
  try {
    for await (const event of watchEvents(host, request, connection, interruption.signal)) tell(session, name, event);
    return exit.interrupted;
  } finally {
    interruption.end();
  }
}

function tell(session: Session, name: HostName, event: HostEvent): void {
  if (session.output === "ndjson") session.record({ ...hostRecord(name), ...hostEventRecord(event) });
  else session.print([eventLine(event, name, session.look())]);
}
