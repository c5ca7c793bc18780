import { toFailure } from "../domain/errors.ts";
import type { Log } from "../domain/log.ts";

/** What the service manager is told. Outside of a service of Type=notify, nobody is told anything. */
export interface ServiceManager {
  /** Resolves once it knows. From then on it is told that the agent is alive, as often as it wants to hear it. */
  readonly ready: (status: string) => Promise<void>;
  readonly stopping: () => Promise<void>;
}

/** What it is made of. */
export interface ServiceParts {
  /** NOTIFY_SOCKET and WATCHDOG_USEC, as systemd sets them. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Runs a program to its end; rejects when that fails. */
  readonly run: (argv: readonly string[], env: Readonly<Record<string, string>>) => Promise<unknown>;
  readonly log: Log;
}

/**
 * The service manager behind NOTIFY_SOCKET. Node has no datagrams on unix sockets, so that systemd's own tool is what speaks. It
 * waits until what it said has arrived, and systemd takes it for the agent's words (NotifyAccess=all in the unit).
 */
export function serviceManager({ env, run, log }: ServiceParts): ServiceManager {
  const socket = env["NOTIFY_SOCKET"];
  if (socket === undefined || socket === "") return { ready: () => Promise.resolve(), stopping: () => Promise.resolve() };
  const tell = async (...words: readonly string[]) => {
    try {
      await run(["systemd-notify", ...words], { NOTIFY_SOCKET: socket });
    } catch (error) {
      log.error({}, `systemd could not be told ${words[0]}: ${toFailure(error).message}`);
    }
  };
  let alive: NodeJS.Timeout | null = null;
  return {
    async ready(status) {
      await tell("READY=1", `STATUS=${status}`);
      const patience_ms = Number(env["WATCHDOG_USEC"] ?? 0) / 1000;
      // A timer of the same loop that serves: an agent that hangs does not say that it lives.
      if (patience_ms > 0) alive = setInterval(() => void tell("WATCHDOG=1"), patience_ms / 2).unref();
    },
    async stopping() {
      if (alive !== null) clearInterval(alive);
      await tell("STOPPING=1");
    },
  };
}
