import type { DiffSnapshotRequest__Output, DiffSnapshotResponse, FileChange } from "../../../proto/index.ts";
import type { Change } from "../domain/change.ts";
import type { Outgoing } from "./adapt.ts";
import type { Parts } from "./parts.ts";
import { ctid, demand, snapshotName } from "./validate.ts";

/** SnapshotService.DiffSnapshot: each difference as it is found, as fast as the caller takes it; the sums last. */
export async function diff({ driver }: Parts, request: DiffSnapshotRequest__Output, out: Outgoing<DiffSnapshotResponse>): Promise<void> {
  const { from, to, limit } = request;
  demand(ctid(request.ctid), snapshotName(from, "from"), to === "" ? null : snapshotName(to, "to"));
  const counts = { added: 0, removed: 0, changed: 0, moved: 0 };
  const bytes = { before: 0, after: 0 };
  let sent = 0;
  const take = async (change: Change) => {
    const message = toChange(change);
    counts[change.is] += 1;
    bytes.before += Number(message.bytes_before);
    bytes.after += Number(message.bytes_after);
    if (limit !== 0 && sent >= limit) return;
    sent += 1;
    await out.send({ change: message });
  };
  const moment = to === "" ? ({ at: "now" } as const) : ({ at: "snapshot", name: to } as const);
  const seen = await driver.diff(request.ctid, from, moment, take, out.signal);
  await out.send({ summary: { ...counts, bytes_before: bytes.before, bytes_after: bytes.after, complete: seen === "whole" } });
}

function toChange(change: Change): FileChange {
  const { path, is, kind } = change;
  const after = is === "removed" ? 0 : change.bytes;
  const before = is === "added" ? 0 : is === "removed" ? change.bytes : change.before;
  return {
    path,
    change: `CHANGE_KIND_${is.toUpperCase() as Uppercase<typeof is>}`,
    kind: `FILE_KIND_${kind.toUpperCase() as Uppercase<typeof kind>}`,
    from_path: is === "moved" ? change.from : "",
    bytes_before: before,
    bytes_after: after,
    detail: is === "moved" || is === "changed" ? change.detail : "",
  };
}
