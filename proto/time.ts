import type { Timestamp__Output } from "./gen/google/protobuf/Timestamp.ts";

/** A moment, from milliseconds since 1970. */
export function toTimestamp(ms: number): Timestamp__Output {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.round((ms - seconds * 1000) * 1e6) };
}

/** The reverse; null for one that is absent. */
export function fromTimestamp(timestamp: Timestamp__Output | null | undefined): number | null {
  return timestamp == null ? null : timestamp.seconds * 1000 + timestamp.nanos / 1e6;
}
