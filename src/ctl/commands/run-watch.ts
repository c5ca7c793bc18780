import { forRun, withHost } from "../fleet/with-host.ts";
import { follow } from "../follow/follow.ts";
import type { Globals, Session } from "../session.ts";
import { runBy } from "./run-show.ts";

/** Shows a run from its beginning until it has ended. */
export async function runWatch(session: Session, _flags: Globals, id: string): Promise<number> {
  return withHost(session, forRun(id, `watch of run ${id}`), async (host, name) =>
    follow(session, host, name, [await runBy(host, id)], []),
  );
}
