import { hostname } from "node:os";
import { readToken } from "../../../proto/token.ts";
import { complaint } from "../complaint.ts";
import { exit } from "../exit.ts";
import { demandConfigFolder } from "../fleet/config-folder.ts";
import { dropCredentials, saveCredentials } from "../fleet/credentials.ts";
import { changeHosts } from "../fleet/hosts-change.ts";
import { withHostAdded, type TlsHost } from "../fleet/hosts.ts";
import { joinHost, type Joined } from "../fleet/join.ts";
import { reachedBy } from "../render/hosts.ts";
import { span } from "../render/line.ts";
import { clean } from "../render/text.ts";
import { shortTime } from "../render/time.ts";
import type { Globals, Session } from "../session.ts";
import { userName } from "../user.ts";

export interface JoinFlags {
  readonly as?: string;
}

/** Joins the host that has made a token, and makes it known under a name. The token is not used up when the name is taken. */
export async function hostJoin(session: Session, flags: Globals & JoinFlags, host: string, text: string): Promise<number> {
  const token = readToken(text);
  if ("problem" in token) throw complaint(exit.usage, `that is no token: ${token.problem}.`);
  const folder = demandConfigFolder(session.io.env);
  const joined: { host?: Joined; entry?: TlsHost } = {};
  let saved: string | null = null;
  try {
    await changeHosts(folder, async (hosts) => {
      withHostAdded(hosts, host, { kind: "socket", socket: "" });
      const answer = await joinHost(token, flags.as ?? ownName(session));
      saved = await saveCredentials(folder, host, answer.credentials);
      const entry: TlsHost = { kind: "tls", addresses: answer.addresses, ca_pins: answer.ca_pins, credentials: saved };
      Object.assign(joined, { host: answer, entry });
      return withHostAdded(hosts, host, entry);
    });
  } catch (thrown) {
    if (saved !== null) await dropCredentials(folder, saved);
    throw thrown;
  }
  const { host: found, entry } = joined;
  if (found === undefined || entry === undefined) return exit.failed;
  return said(session, host, found, entry);
}

async function said(session: Session, host: string, { name, role, until, hostname: calls }: Joined, entry: TlsHost): Promise<number> {
  if (session.output !== "table") {
    const record = {
      host,
      hostname: calls,
      name,
      role,
      until: new Date(until).toISOString(),
      addresses: entry.addresses,
      ca_pins: entry.ca_pins,
    };
    await session.document(record);
  } else if (!session.quiet) {
    const same = calls === host ? "" : `, which calls itself ${clean(calls)}`;
    session.print([
      [span(`${host} is known now: ${clean(reachedBy({ ...entry, addresses: entry.addresses.slice(0, 1) }))}${same}.`)],
      [
        span(
          `You are ${clean(name)} there, ${role}, until ${shortTime(until, session.look())}; the certificate is renewed by itself before.`,
        ),
      ],
    ]);
  }
  return exit.done;
}

/** ana@laptop: the login name and the machine, with nothing in them that a certificate's name can't have. */
function ownName(session: Session): string {
  const plain = (text: string) => text.replace(/[^A-Za-z0-9._-]/g, "-");
  return `${plain(userName(session.io.env))}@${plain(hostname())}`.replace(/^[^A-Za-z0-9]+/, "").slice(0, 64);
}
