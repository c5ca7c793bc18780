import type { HostName } from "../render/words.ts";
import { hostLabel } from "../render/words.ts";
import type { Session } from "../session.ts";
import { explain } from "./explain.ts";
import { connect, nameOf, type Host } from "./host.ts";
import { Trouble } from "./trouble.ts";

/** Works with the host of the session. A call that fails becomes a Complaint about what was being done. */
export async function withHost<T>(session: Session, doing: string, work: (host: Host, name: HostName) => Promise<T>): Promise<T> {
  const host = await connect(session.socket);
  let subject = doing;
  try {
    const name = await nameOf(host);
    subject = `${doing} on ${hostLabel(name)}`;
    return await work(host, name);
  } catch (thrown) {
    if (thrown instanceof Trouble) throw await explain(thrown, host, subject);
    throw thrown;
  } finally {
    host.client.close();
  }
}
