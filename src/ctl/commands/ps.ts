import { ask } from "../fleet/host.ts";
import { withHost } from "../fleet/with-host.ts";
import { exit } from "../exit.ts";
import { containerTable } from "../render/containers.ts";
import { troubleLines } from "../render/config.ts";
import { containerRecord, hostRecord } from "../render/json.ts";
import type { Globals, Session } from "../session.ts";

/** Lists the containers. */
export async function ps(session: Session, _flags: Globals): Promise<number> {
  return withHost(session, "ps", async (host, name) => {
    const { containers, config_trouble } = await ask(host, host.services.host.ListContainers, {});
    if (session.output === "ndjson") for (const each of containers) session.record({ ...hostRecord(name), ...containerRecord(each) });
    else if (session.output !== "table")
      await session.document({ ...hostRecord(name), config_trouble, containers: containers.map(containerRecord) });
    else session.print([...containerTable(containers, name, session.look()), ...troubleLines(config_trouble, name, session.look())]);
    return exit.done;
  });
}
