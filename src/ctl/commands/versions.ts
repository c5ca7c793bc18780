import { ask } from "../fleet/host.ts";
import { byHost, listHosts } from "../follow/list.ts";
import { span, type Line } from "../render/line.ts";
import { silentLines } from "../render/located.ts";
import { clean } from "../render/text.ts";
import { hostLabel } from "../render/words.ts";
import type { Session } from "../session.ts";

/** Says the versions of the agents of several hosts, after that of the client. */
export async function versions(session: Session, client: string): Promise<number> {
  return listHosts(session, {
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
    more: { lines: () => [], record: () => ({ client }) },
  });
}
