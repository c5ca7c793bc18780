import { exit } from "../exit.ts";
import { ask } from "../fleet/host.ts";
import { byHost, listHosts, nothingMore } from "../follow/list.ts";
import { findingLines, findingRecord } from "../render/findings.ts";
import type { Globals, Session } from "../session.ts";

/** Says what is wrong with hosts, and what to do about it. Ends with 1 when something does not work. */
export async function doctor(session: Session, _flags: Globals): Promise<number> {
  let errors = 0;
  const code = await listHosts(session, {
    errand: { kind: "hosts", doing: "doctor" },
    key: "findings",
    none: (where) => `no findings on ${where}`,
    ask: async (host) => {
      const { findings } = await ask(host, host.services.host.Examine, {});
      errors += findings.filter(({ level }) => level === "FINDING_LEVEL_ERROR").length;
      return findings;
    },
    arrange: byHost,
    record: findingRecord,
    lines: findingLines,
    more: nothingMore,
  });
  return code === exit.done && errors > 0 ? exit.failed : code;
}
