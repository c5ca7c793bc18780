import type { Run__Output as Run, RunKind__Output as RunKind } from "../../../proto/types.ts";
import { ask, type Host } from "../fleet/host.ts";
import { one } from "../follow/begin.ts";
import type { Globals, Session } from "../session.ts";
import { beginShares } from "./shares.ts";
import { wantedBy } from "./spec.ts";

/** The flags of start, stop and restart. */
export interface PowerFlags extends Globals {
  readonly kill?: boolean;
  readonly force?: boolean;
  readonly makeRoom?: boolean;
  readonly wait?: boolean;
  readonly detach?: boolean;
}

interface Asked {
  readonly request_id: string;
  readonly ctid: number;
  readonly kill: boolean;
  readonly force: boolean;
  readonly wait: boolean;
}

function power(
  kind: RunKind,
  call: (host: Host, asked: Asked, make_room: boolean) => Promise<{ run: Run | null; before?: readonly Run[] }>,
) {
  return async (session: Session, flags: PowerFlags, ...given: number[]): Promise<number> => {
    const ctids = [...new Set(given)];
    return beginShares(session, wantedBy({ kind, ctids, all: false }), flags, async (host, request_id, own) => {
      const options = { kill: flags.kill ?? false, force: flags.force ?? false, wait: flags.wait ?? false };
      const make_room = flags.makeRoom ?? false;
      const calls = own.map((ctid) => one(kind, call(host, { request_id: `${request_id}-${ctid}`, ctid, ...options }, make_room)));
      const all = await Promise.all(calls);
      return { runs: all.flatMap(({ runs }) => runs), refused: all.flatMap(({ refused }) => refused) };
    });
  };
}

/** Starts containers. */
export const start = power("RUN_KIND_START", (host, { request_id, ctid, wait, force }, make_room) =>
  ask(host, host.services.host.StartContainer, { request_id, ctid, wait, force, make_room }),
);

/** Stops containers. */
export const stop = power("RUN_KIND_STOP", (host, asked) => ask(host, host.services.host.StopContainer, asked));

/** Stops and starts containers. */
export const restart = power("RUN_KIND_RESTART", (host, asked) => ask(host, host.services.host.RestartContainer, asked));
