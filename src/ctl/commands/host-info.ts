import { exit } from "../exit.ts";
import { demandConfigFolder } from "../fleet/config-folder.ts";
import { fanOut } from "../fleet/fan-out.ts";
import { ask } from "../fleet/host.ts";
import { loadHosts } from "../fleet/hosts-file.ts";
import { entryOf } from "../fleet/hosts.ts";
import { membershipAt } from "../fleet/membership.ts";
import type { Place } from "../fleet/places.ts";
import { withPool } from "../fleet/with-host.ts";
import { hostInfoLines, hostInfoRecord } from "../render/host-info.ts";
import type { Globals, Session } from "../session.ts";

/** Says what this client knows of a host, and what the host tells of itself. */
export async function hostInfo(session: Session, _flags: Globals, name: string): Promise<number> {
  const folder = demandConfigFolder(session.io.env);
  const all = loadHosts(folder);
  const place: Place = { kind: "known", name, entry: entryOf(all, name), folder };
  const membership = await membershipAt(place);
  const [outcome] = await withPool(session, async (pool) =>
    fanOut(pool, [place], "info", session.reach.timeout_s, async ({ host }) => ask(host, host.services.host.GetHost, {})),
  );
  const answer = outcome ?? null;
  if (answer === null) return exit.failed;
  const info = { name, all, membership, answer };
  if (session.output !== "table") await session.document(hostInfoRecord(info));
  else session.print(hostInfoLines(info, session.look()));
  return answer.kind === "failed" ? answer.complaint.exitCode : exit.done;
}
