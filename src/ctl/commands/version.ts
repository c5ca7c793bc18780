import { existsSync } from "node:fs";
import { exit } from "../exit.ts";
import { placesToList } from "../fleet/places.ts";
import { span, type Line } from "../render/line.ts";
import { hostLabel } from "../render/words.ts";
import { clean } from "../render/text.ts";
import type { Globals, Session } from "../session.ts";
import { clientVersion } from "../version.ts";

interface Agent {
  readonly hostname: string;
  readonly version: string;
  readonly driver: string;
}

/** Says the versions of the client and, when it can be reached, of the agent; of all those that the command line names. */
export async function version(session: Session, _flags: Globals): Promise<number> {
  const client = clientVersion ?? "from sources";
  const { hosts, groups, all } = session.reach;
  if (all || hosts.length + groups.length > 0) return (await import("./versions.ts")).versions(session, client);
  const agent = await agentOf(session);
  if (session.output !== "table") {
    const agents = agent === null ? [] : [{ host: agent.hostname, driver: agent.driver, version: agent.version }];
    await session.document({ client, agents });
    return exit.done;
  }
  const lines: Line[] = [[span(`phoenixctl ${client}`)]];
  if (agent) lines.push([span(`phoenix-agent ${clean(agent.version)} on ${hostLabel(agent)}`)]);
  session.print(lines);
  return exit.done;
}

/** Null when there is no agent. What it takes to ask one is only loaded when there is a socket. */
async function agentOf(session: Session): Promise<Agent | null> {
  const { all } = await placesToList(session);
  const [place] = all;
  if (place === undefined || all.length > 1) return null;
  if (place.entry.kind === "socket" && !existsSync(place.entry.socket)) return null;
  const { ask, connect } = await import("../fleet/host.ts");
  const host = await connect(place);
  try {
    return await ask(host, host.services.host.GetHost, {});
  } catch {
    return null; // The version of the client is the answer, whatever the agent does.
  } finally {
    host.client.close();
  }
}
