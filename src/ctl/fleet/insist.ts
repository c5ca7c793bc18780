import type { Host } from "./host.ts";
import { mayComeBack, waiting, type Connection, type Patience } from "./patience.ts";
import { Trouble } from "./trouble.ts";

const usual: Patience = { giveUp: 60_000, firstPause: 100, longestPause: 2000 };

/**
 * Asks until there is an answer: a call that broke, or that met an agent on its way out, is made again. For calls alone that do
 * the same twice as once, by their request_id for example. Throws Trouble; out of reach when the agent stayed away too long.
 */
export async function insist<T>(
  host: Host,
  connection: Connection,
  signal: AbortSignal,
  call: () => Promise<T>,
  patience: Patience = usual,
): Promise<T> {
  const agent = waiting(host, connection, patience, signal);
  for (;;) {
    try {
      return await call();
    } catch (thrown) {
      if (signal.aborted || !(thrown instanceof Trouble) || !mayComeBack(thrown)) throw thrown;
      await agent.lost(thrown);
    }
  }
}
