import type { Attachment, SettingChange, Snapshot } from "../domain/container.ts";

/** "of 2026-11-20T18:22:00Z": the client turns such times into the reader's. */
export function ofTime(snapshot: Snapshot): string {
  return snapshot.created === null ? "" : `of ${isoTime(snapshot.created)}`;
}

/** Milliseconds since 1970 as RFC 3339, UTC, to the second. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}

/** "taken 2026-11-20T18:22:00Z by run 01K…", as far as it is known: nothing of one that an earlier run of the queue has yet to take. */
export function taken(snapshot: Snapshot): string {
  if (snapshot.created === null && snapshot.run === null) return "";
  const when = snapshot.created === null ? [] : [`taken ${isoTime(snapshot.created)}`];
  return [...when, snapshot.run === null ? "by hand" : `by run ${shortRun(snapshot.run)}`].join(" ");
}

/** "01K4…7QXZ": enough of a run's id to tell it from others, which the client takes as the id. */
export function shortRun(run: string): string {
  return `${run.slice(0, 4)}…${run.slice(-4)}`;
}

/** "memory_mb 65536 -> 73728, cores 2 -> 4". */
export function changesText(changes: readonly SettingChange[]): string {
  return changes.map(({ key, from, to }) => `${key} ${shown(from ?? "")} -> ${shown(to)}`).join(", ");
}

/** "/models (bind), /data (volume)". */
export function attachmentsText(attachments: readonly Pick<Attachment, "kind" | "container_path">[]): string {
  return attachments.map(({ kind, container_path }) => `${container_path} (${kind})`).join(", ");
}

function shown(value: string): string {
  return value === "" ? "none" : value.replaceAll("\n", " ");
}
