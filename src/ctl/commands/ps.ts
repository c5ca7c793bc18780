import { containersOf } from "../fleet/containers.ts";
import { byHost, listHosts } from "../follow/list.ts";
import { troubleLines } from "../render/config.ts";
import { containerTable } from "../render/containers.ts";
import { containerRecord, hostRecord } from "../render/json.ts";
import type { HostName } from "../render/words.ts";
import type { Globals, Session } from "../session.ts";

/** Lists the containers. */
export async function ps(session: Session, _flags: Globals): Promise<number> {
  const troubles = new Map<HostName, string>();
  return listHosts(session, {
    errand: { kind: "hosts", doing: "ps" },
    key: "containers",
    none: (where) => `no containers on ${where}`,
    ask: async (host, name) => {
      const { containers, config_trouble } = await containersOf(session.io.env, host);
      if (config_trouble !== "") troubles.set(name, config_trouble);
      return containers;
    },
    arrange: byHost,
    record: containerRecord,
    lines: containerTable,
    more: {
      lines: (look) => [...troubles].flatMap(([name, trouble]) => troubleLines(trouble, name, look)),
      record: () => ({ config_trouble: [...troubles].map(([{ hostname }, message]) => ({ host: hostname, message })) }),
      records: () => [...troubles].map(([name, message]) => ({ ...hostRecord(name), config_trouble: message })),
    },
  });
}
