// A client that asks for runs until it has an answer, over whatever lives of the agent that takes.
import { join } from "node:path";
import type {
  Run__Output as Run,
  RunEvent__Output as RunEvent,
  RunKind__Output as RunKind,
  RunState__Output as RunState,
} from "../../../proto/types.ts";
import { ask, connect, listen, type Host } from "../../../src/ctl/fleet/host.ts";
import { socketPlace } from "../../../src/ctl/fleet/places.ts";

/** What is asked for; the name makes the request_id too. */
export interface Request {
  readonly name: string;
  readonly kind: RunKind;
  readonly ctid: number;
  readonly snapshot?: string;
  /** What is cloned. */
  readonly source?: number;
}

/** A call to an agent that is up; fails when the agent goes away meanwhile. */
export async function withAgent<T>(folder: string, work: (host: Host) => Promise<T>): Promise<T> {
  const host = await connect(socketPlace(join(folder, "agent.sock")));
  try {
    return await work(host);
  } finally {
    host.client.close();
  }
}

/** The run of a request: a new one, or the one that it has begun already. Throws when it is refused. */
export async function begin(host: Host, { name, kind, ctid, snapshot = "", source }: Request): Promise<Run> {
  const { orchestration, snapshot: snapshots, host: power } = host.services;
  const request_id = name.replaceAll(/[^a-z]+/g, "-");
  const common = { request_id, ctid, wait: false };
  const named = { ...common, name: snapshot };
  const provision = async () => {
    const { runs } = await ask(host, orchestration.StartRun, {
      request_id,
      spec: { kind, ctids: [ctid], options: source === undefined ? {} : { source, start: true } },
    });
    return { run: runs[0] ?? null };
  };
  const calls: Partial<Record<RunKind, () => Promise<{ run: Run | null }>>> = {
    RUN_KIND_SNAPSHOT: () => ask(host, snapshots.CreateSnapshot, { ...named, description: "by the owner" }),
    RUN_KIND_RESTORE: () => ask(host, snapshots.RestoreSnapshot, { ...named, delete_newer: false }),
    RUN_KIND_DELETE: () => ask(host, snapshots.DeleteSnapshot, named),
    RUN_KIND_START: () => ask(host, power.StartContainer, common),
    RUN_KIND_STOP: () => ask(host, power.StopContainer, { ...common, kill: false }),
    RUN_KIND_RESTART: () => ask(host, power.RestartContainer, { ...common, kill: false }),
  };
  const { run } = await (calls[kind] ?? provision)();
  if (run === null) throw new Error(`${name} was refused`);
  return run;
}

/** The events of a run from a seq on, until it has ended or its watcher has seen enough. */
export async function* events(host: Host, run_id: string, from_seq = 0): AsyncGenerator<RunEvent> {
  const stream = listen(host, host.services.orchestration.WatchRun, { run_id, from_seq });
  try {
    for await (const { event } of stream as AsyncIterable<{ event: RunEvent | null }>) {
      if (event === null) continue;
      yield event;
      if (event.finished) return;
    }
  } finally {
    stream.on("error", () => {});
    stream.cancel();
  }
}

/** The run as it ended. */
export async function ended(host: Host, run_id: string): Promise<Run> {
  for await (const { finished } of events(host, run_id)) if (finished?.run) return finished.run;
  throw new Error(`the stream of ${run_id} ended, and the run has not`);
}

/** The runs that an agent still works on, or believes that it does. */
export async function unfinished(host: Host): Promise<readonly string[]> {
  const states: RunState[] = ["RUN_STATE_QUEUED", "RUN_STATE_RUNNING", "RUN_STATE_UNDOING"];
  const { runs } = await ask(host, host.services.orchestration.ListRuns, { states, limit: 1000 });
  return runs.map(({ id, state }) => `${id} ${state}`);
}
