import { ask } from "../fleet/host.ts";
import { placesToList } from "../fleet/places.ts";
import { withPool } from "../fleet/with-host.ts";
import { byHost, listAll, type Listing } from "../follow/list.ts";
import { span, type Line } from "../render/line.ts";
import { silentLines } from "../render/located.ts";
import { clean } from "../render/text.ts";
import { hostLabel } from "../render/words.ts";
import type { Session } from "../session.ts";

/** Says the versions of the agents of the hosts that are meant, after that of the client, which is told whoever answers. */
export async function versions(session: Session, client: string): Promise<number> {
  const listing: Listing<string> = {
    errand: { kind: "hosts", doing: "version" },
    key: "agents",
    none: (where) => `no agents on ${where}`,
    ask: async (host) => [(await ask(host, host.services.host.GetHost, {})).version],
    arrange: byHost,
    record: (version) => ({ version }),
    lines: (rows, silent) => [
      [span(`phoenixctl ${client}`)],
      ...rows.map(({ host, item }): Line => [span(`phoenix-agent ${clean(item)} on ${hostLabel(host)}`)]),
      ...silentLines(silent, rows, hostLabel),
    ],
    more: { lines: () => [], record: () => ({ client }), records: () => [{ client }] },
  };
  const { all } = await placesToList(session);
  return withPool(session, (pool) => listAll(session, pool, all, listing));
}
