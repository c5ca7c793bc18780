import { exit } from "../exit.ts";
import { configFolder } from "../fleet/config-folder.ts";
import { loadHosts } from "../fleet/hosts-file.ts";
import { hostEntryRecord, hostTable } from "../render/hosts.ts";
import type { Globals, Session } from "../session.ts";

/** Lists the hosts that this client knows. Asks none of them. */
export async function hostList(session: Session, _flags: Globals): Promise<number> {
  const all = loadHosts(configFolder(session.io.env));
  const records = Object.entries(all.hosts).map(([name, entry]) => hostEntryRecord(all, name, entry));
  if (session.output === "ndjson") for (const each of records) session.record(each);
  else if (session.output !== "table") await session.document({ default: all.default, hosts: records, groups: all.groups });
  else session.print(hostTable(all, session.look()));
  return exit.done;
}
