import { complaint } from "../complaint.ts";
import { exit } from "../exit.ts";
import { ask } from "../fleet/host.ts";
import { forContainer, withHost } from "../fleet/with-host.ts";
import { containerDetail } from "../render/containers.ts";
import { containerRecord, hostRecord } from "../render/json.ts";
import { hostLabel } from "../render/words.ts";
import type { Globals, Session } from "../session.ts";

/** Shows one container in full. */
export async function show(session: Session, _flags: Globals, ctid: number): Promise<number> {
  return withHost(session, forContainer(ctid, `show of ${ctid}`), async (host, name) => {
    const { containers } = await ask(host, host.services.host.ListContainers, { ctid });
    const found = containers[0];
    if (found === undefined) {
      throw complaint(exit.failed, `there is no container ${ctid} on ${hostLabel(name)}, and none in its manifest.`, [
        ["look", "phoenixctl ps"],
      ]);
    }
    if (session.output === "table") session.print(containerDetail(found, name, session.look()));
    else await session.document({ ...hostRecord(name), ...containerRecord(found) });
    return exit.done;
  });
}
