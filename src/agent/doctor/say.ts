// How findings are put into words. Pure.
import type { Failure } from "../domain/errors.ts";
import type { Finding } from "../domain/finding.ts";

/** Something that keeps something from working. */
export function error(subject: string, message: string, remedy: string): Finding {
  return { level: "error", subject, message, remedy };
}

/** Something that is worth a look. */
export function warn(subject: string, message: string, remedy: string): Finding {
  return { level: "warn", subject, message, remedy };
}

/** Something that could not be looked at, which is an error of its own. */
export function troubled(subject: string, what: string, { message, remedy }: Failure): Finding {
  return error(subject, `${what}: ${message}`, remedy === "" ? "the agent's log may say more: journalctl -u phoenix-agent" : remedy);
}

/** What was found, or where nothing was, that it is well. */
export function otherwise(found: readonly Finding[], subject: string, fine: string): readonly Finding[] {
  return found.length > 0 ? found : [{ level: "ok", subject, message: fine, remedy: "" }];
}

/** "1 container", "3 containers". */
export function countText(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** "3.2 GiB" from a GiB on, "512 MiB" below. */
export function bytesText(bytes: number): string {
  return bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : `${Math.floor(bytes / 2 ** 20)} MiB`;
}

/** RFC 3339, which the client makes the reader's. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString();
}

/** "3 days", "5 hours", "2 minutes": the largest unit alone. */
export function spanText(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return countText(minutes, "minute");
  return minutes < 2 * 1440 ? countText(Math.round(minutes / 60), "hour") : countText(Math.round(minutes / 1440), "day");
}
