import { exit } from "../exit.ts";
import { ask } from "../fleet/host.ts";
import { withHost } from "../fleet/with-host.ts";
import { versionTable } from "../render/config.ts";
import { versionRecord } from "../render/config-json.ts";
import { hostRecord } from "../render/json.ts";
import type { Globals, Session } from "../session.ts";

const usual = 20;

/** Lists the versions of the configuration, newest first. */
export async function configHistory(session: Session, flags: Globals & { readonly limit?: number }): Promise<number> {
  return withHost(session, "config history", async (host, name) => {
    const { versions, current } = await ask(host, host.services.config.ListConfigVersions, { limit: flags.limit ?? usual, before: 0 });
    if (session.output === "ndjson") for (const each of versions) session.record({ ...hostRecord(name), ...versionRecord(each) });
    else if (session.output !== "table") await session.document({ ...hostRecord(name), current, versions: versions.map(versionRecord) });
    else session.print(versionTable(versions, current, name, session.look()));
    return exit.done;
  });
}
