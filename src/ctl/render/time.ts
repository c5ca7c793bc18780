import type { Timestamp__Output } from "../../../proto/index.ts";
import { fromTimestamp } from "../../../proto/time.ts";

/** Seconds as people say them, in two units at most: "0.2 s", "14 s", "1 m 52 s", "3 d". */
export function duration(seconds: number): string {
  const positive = Math.max(0, seconds);
  if (positive < 9.95) return `${positive.toFixed(1)} s`;
  const whole = Math.round(positive);
  if (whole < 60) return `${whole} s`;
  const unit = units.find(({ size }) => whole >= size) ?? minute;
  const large = Math.floor(whole / unit.size);
  const small = Math.floor((whole % unit.size) / unit.next.size);
  return small === 0 ? `${large} ${unit.name}` : `${large} ${unit.name} ${small} ${unit.next.name}`;
}

const second = { size: 1, name: "s" };
const minute = { size: 60, name: "m", next: second };
const hour = { size: 3600, name: "h", next: minute };
const day = { size: 86_400, name: "d", next: hour };
const units = [day, hour, minute];

/** A time as programs read it: RFC 3339 in UTC; null for none. */
export function isoTime(timestamp: Timestamp__Output | null | undefined): string | null {
  const ms = fromTimestamp(timestamp);
  return ms === null ? null : new Date(ms).toISOString();
}

/** Where and when the reader is: milliseconds since 1970, and an IANA time zone (undefined: the machine's). */
export interface Reader {
  readonly now: number;
  readonly zone: string | undefined;
}

/** A time as short as it can be for a reader: "14:03" today, "20 Nov 18:22" this year, "20 Nov 2024" before. */
export function shortTime(ms: number, reader: Reader): string {
  const then = parts(ms, reader.zone);
  const now = parts(reader.now, reader.zone);
  const date = `${Number(then.day)} ${then.month}`;
  if (then.year !== now.year) return `${date} ${then.year}`;
  const clock = `${then.hour}:${then.minute}`;
  return then.day === now.day && then.month === now.month ? clock : `${date} ${clock}`;
}

/** The time of day to the second, for logs: "14:03:07". */
export function clockTime(ms: number, reader: Reader): string {
  const { hour: h, minute: m, second: s } = parts(ms, reader.zone);
  return `${h}:${m}:${s}`;
}

/** To the second, for lists that reach back: "14:03:07" today, "20 Nov 18:22:07" before. */
export function momentOf(ms: number, reader: Reader): string {
  const [then, now] = [parts(ms, reader.zone), parts(reader.now, reader.zone)];
  const today = then.day === now.day && then.month === now.month && then.year === now.year;
  return `${today ? "" : `${Number(then.day)} ${then.month}${then.year === now.year ? "" : ` ${then.year}`} `}${clockTime(ms, reader)}`;
}

/** The same text with its RFC 3339 times in UTC turned into the reader's short ones. */
export function localTimes(text: string, reader: Reader): string {
  return text.replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z/g, (found) => {
    const ms = Date.parse(found);
    return Number.isNaN(ms) ? found : shortTime(ms, reader);
  });
}

interface Parts {
  readonly year: string;
  readonly month: string;
  readonly day: string;
  readonly hour: string;
  readonly minute: string;
  readonly second: string;
}

// Making a formatter costs far more than using it.
const formatters = new Map<string | undefined, Intl.DateTimeFormat>();

function parts(ms: number, zone: string | undefined): Parts {
  const formatter = formatters.get(zone) ?? makeFormatter(zone);
  formatters.set(zone, formatter);
  const found = Object.fromEntries(formatter.formatToParts(ms).map(({ type, value }) => [type, value]));
  const { year = "", month = "", day: dayOfMonth = "", hour: h = "", minute: m = "", second: s = "" } = found;
  return { year, month, day: dayOfMonth, hour: h, minute: m, second: s };
}

function makeFormatter(timeZone: string | undefined): Intl.DateTimeFormat {
  const zone = timeZone === undefined ? {} : { timeZone };
  const time = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const;
  return new Intl.DateTimeFormat("en-GB", { year: "numeric", month: "short", day: "numeric", ...time, ...zone });
}
