import type { Run__Output as Run, RunKind__Output as RunKind } from "../../../proto/types.ts";
import { ask, type Host } from "../fleet/host.ts";
import { forContainer, withHost } from "../fleet/with-host.ts";
import { begin, one } from "../follow/begin.ts";
import type { Globals, Session } from "../session.ts";

/** The flags of snapshot create, restore and delete. */
export interface SnapshotFlags extends Globals {
  readonly description?: string;
  readonly deleteNewer?: boolean;
  readonly force?: boolean;
  readonly wait?: boolean;
  readonly detach?: boolean;
}

interface Asked {
  readonly request_id: string;
  readonly ctid: number;
  readonly name: string;
  readonly wait: boolean;
}

function change(kind: RunKind, verb: string, call: (host: Host, asked: Asked, flags: SnapshotFlags) => Promise<{ run: Run | null }>) {
  return async (session: Session, flags: SnapshotFlags, ctid: number, snapshot: string): Promise<number> =>
    withHost(session, forContainer(ctid, `${verb} of snapshot ${snapshot} of ${ctid}`), (host, name) =>
      begin(session, host, name, flags.detach ? "detach" : "follow", (request_id) =>
        one(kind, call(host, { request_id, ctid, name: snapshot, wait: flags.wait ?? false }, flags)),
      ),
    );
}

/** Takes a snapshot. */
export const snapshotCreate = change("RUN_KIND_SNAPSHOT", "create", (host, asked, { description = "" }) =>
  ask(host, host.services.snapshot.CreateSnapshot, { ...asked, description }),
);

/** Goes back to a snapshot. */
export const snapshotRestore = change("RUN_KIND_RESTORE", "restore", (host, asked, { deleteNewer = false, force = false }) =>
  ask(host, host.services.snapshot.RestoreSnapshot, { ...asked, delete_newer: deleteNewer, force }),
);

/** Deletes a snapshot. */
export const snapshotDelete = change("RUN_KIND_DELETE", "delete", (host, asked) => ask(host, host.services.snapshot.DeleteSnapshot, asked));
