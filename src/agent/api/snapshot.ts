import type { SnapshotServiceHandlers } from "../../../proto/services.ts";
import { Fault } from "../domain/errors.ts";
import type { Adapter } from "./adapt.ts";
import { begin } from "./begin.ts";
import { toSnapshot } from "./convert-container.ts";
import type { Parts } from "./parts.ts";
import { forced } from "./run-spec.ts";
import { ctidOrAll, demand, description, snapshotName } from "./validate.ts";

/** SnapshotService: snapshots of containers. */
export function snapshot(parts: Parts, { unary }: Adapter): SnapshotServiceHandlers {
  return {
    ListSnapshots: unary(async ({ ctid }) => {
      demand(ctidOrAll(ctid));
      const { containers } = (await parts.host.world()).inventory;
      if (ctid !== 0 && !containers.has(ctid)) throw new Fault("CONTAINER_MISSING", `there is no container ${ctid} on this host`);
      const wanted = [...containers.values()].filter((container) => ctid === 0 || container.ctid === ctid);
      const sorted = wanted.sort((a, b) => a.ctid - b.ctid);
      return { snapshots: sorted.flatMap((container) => container.snapshots.map((each) => toSnapshot(container.ctid, each))) };
    }),

    CreateSnapshot: unary((request) => {
      const wish = { kind: "snapshot", snapshot: request.name, description: request.description } as const;
      return begin(parts, request, wish, snapshotName(request.name, "name"), description(request.description));
    }),

    RestoreSnapshot: unary((request) => {
      const wish = { kind: "restore", snapshot: request.name, newer: request.delete_newer ? "delete" : "keep" } as const;
      return begin(parts, request, { ...wish, ...forced(request.force) }, snapshotName(request.name, "name"));
    }),

    DeleteSnapshot: unary((request) =>
      begin(parts, request, { kind: "delete", snapshot: request.name }, snapshotName(request.name, "name")),
    ),
  };
}
