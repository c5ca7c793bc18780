import { setTimeout as sleep } from "node:timers/promises";
import type { Host } from "./host.ts";
import { isOutOfReach, type Trouble } from "./trouble.ts";

/** How long a broken connection is put up with, in milliseconds. */
export interface Patience {
  readonly giveUp: number;
  readonly firstPause: number;
  readonly longestPause: number;
}

/** What goes wrong with the connection while something is waited for. */
export interface Connection {
  /** It broke; `since` is milliseconds since 1970. */
  readonly lost: (since: number) => void;
  readonly back: () => void;
}

/** Waiting for an agent that was there and is not now. */
export interface Waiting {
  /** The agent has answered: the next loss is another one. */
  readonly heard: () => void;
  /** A call has failed because of the connection. Waits a little for it to stand again; throws the trouble when that took too long already. */
  readonly lost: (trouble: Trouble) => Promise<void>;
}

/** Whether a call that failed so may be made again: the agent was out of reach, or is about to be. */
export function mayComeBack(trouble: Trouble): boolean {
  return isOutOfReach(trouble) || trouble.report?.reason === "SHUTTING_DOWN";
}

/** Waits between calls, longer each time, until the signal is aborted. */
export function waiting(host: Host, connection: Connection, patience: Patience, signal: AbortSignal): Waiting {
  const { giveUp, firstPause, longestPause } = patience;
  let since: number | null = null;
  let pause = firstPause;
  return {
    heard() {
      [since, pause] = [null, firstPause];
      connection.back();
    },
    async lost(trouble) {
      since ??= Date.now();
      if (Date.now() - since >= giveUp) throw trouble;
      connection.lost(since);
      await sleep(pause, undefined, { signal }).catch(() => undefined);
      pause = Math.min(pause * 2, longestPause);
      if (await isReady(host, Math.min(longestPause, giveUp))) connection.back();
    },
  };
}

/** Waits a little for the connection to stand again: a run that says nothing for long would otherwise look lost for as long. */
function isReady(host: Host, ms: number): Promise<boolean> {
  return new Promise((resolve) => host.client.waitForReady(Date.now() + ms, (error) => resolve(error === undefined)));
}
