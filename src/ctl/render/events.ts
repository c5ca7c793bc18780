import type { HostEvent__Output as HostEvent } from "../../../proto/types.ts";
import { fromTimestamp } from "../../../proto/time.ts";
import { prose, span, type Line, type Look, type Role } from "./line.ts";
import { clean, pad } from "./text.ts";
import { momentOf } from "./time.ts";
import { hostLabel, word, type HostName } from "./words.ts";

const roles: Readonly<Record<string, Role>> = { warn: "warn", error: "bad" };

/** An event as a line of a log: time, host, level, ctid, kind, what happened. */
export function eventLine({ at, level, ctid, kind, message }: HostEvent, host: HostName, look: Look): Line {
  const name = word(level);
  return [
    span(`${momentOf(fromTimestamp(at) ?? look.now, look)} ${hostLabel(host)} `, "dim"),
    span(pad(name, 5), roles[name] ?? "dim"),
    span(` ${pad(ctid === 0 ? "-" : String(ctid), 4)} ${pad(clean(kind), 13)} `, "dim"),
    span(prose(message, look)),
  ];
}
