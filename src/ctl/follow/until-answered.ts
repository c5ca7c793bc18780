import type { Host } from "../fleet/host.ts";
import { insist } from "../fleet/insist.ts";
import { isOutOfReach, Trouble } from "../fleet/trouble.ts";
import { span } from "../render/line.ts";
import type { Session } from "../session.ts";

/** Insists on an answer, and says so when the connection broke meanwhile. For calls alone that do the same twice as once. */
export async function untilAnswered<T>(session: Session, host: Host, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  let lost = false;
  const say = (text: string) => session.printError([[span(text)]]);
  const connection = {
    lost: () => {
      if (!lost) say("The connection to the agent broke before it had answered. Asking again; nothing is done twice by that.");
      lost = true;
    },
    back: () => {},
  };
  try {
    return await insist(host, connection, signal, call);
  } catch (thrown) {
    const away = lost && !signal.aborted && thrown instanceof Trouble && isOutOfReach(thrown);
    if (away) say("It stayed away, so whether anything was done is not known. When it is back, see: phoenixctl run list");
    throw thrown;
  }
}
