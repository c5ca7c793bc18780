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

/** When somebody reads, in milliseconds since 1970. Times of day are those of the machine's time zone, or of TZ. */
export interface Reader {
  readonly now: number;
}

/** A time as short as it can be for a reader: "14:03" today, "20 Nov 18:22" this year, "20 Nov 2024" before. */
export function shortTime(ms: number, reader: Reader): string {
  const [then, now] = [new Date(ms), new Date(reader.now)];
  if (then.getFullYear() !== now.getFullYear()) return `${dayOf(then)} ${then.getFullYear()}`;
  return isSameDay(then, now) ? clock(then).slice(0, 5) : `${dayOf(then)} ${clock(then).slice(0, 5)}`;
}

/** The time of day to the second, for logs: "14:03:07". */
export function clockTime(ms: number): string {
  return clock(new Date(ms));
}

/** To the second, for lists that reach back: "14:03:07" today, "20 Nov 18:22:07" before. */
export function momentOf(ms: number, reader: Reader): string {
  const [then, now] = [new Date(ms), new Date(reader.now)];
  if (isSameDay(then, now)) return clock(then);
  const year = then.getFullYear() === now.getFullYear() ? "" : ` ${then.getFullYear()}`;
  return `${dayOf(then)}${year} ${clock(then)}`;
}

/** The same text with its RFC 3339 times in UTC turned into the reader's short ones. */
export function localTimes(text: string, reader: Reader): string {
  return text.replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z/g, (found) => {
    const ms = Date.parse(found);
    return Number.isNaN(ms) ? found : shortTime(ms, reader);
  });
}

// Not by Intl: making its first formatter takes longer than all else that a list does.
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function clock(at: Date): string {
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}

function dayOf(at: Date): string {
  return `${at.getDate()} ${months[at.getMonth()]}`;
}

function isSameDay(one: Date, other: Date): boolean {
  return one.toDateString() === other.toDateString();
}
