import { randomBytes } from "node:crypto";
import type { Ctid } from "../../domain/container.ts";
import type { Fault, Reason } from "../../domain/errors.ts";
import type { Call } from "../driver.ts";
import { abortFault, checkAbort } from "../process.ts";
import { essence, killedFault, pctFault } from "./errors.ts";
import type { Host } from "./host.ts";
import { forgetIntent, writeIntent, type Intent, type Task } from "./intent.ts";
import { settle, workersEnded } from "./recover.ts";

/** A pct call that changes something. */
export interface Asked {
  readonly task: Task;
  readonly args: readonly string[];
  readonly snapshot?: string;
  readonly source?: Ctid;
}

/**
 * What is over in a moment may end by itself when the call is aborted: killed in the middle, it would leave a lock behind. A rollback on LVM-thin removes
 * the volume before it makes it anew (facts/proxmox.md, "Snapshots and rollback"): cut off in between, the container is without one. In milliseconds.
 */
const brief = 15_000;
const grace: Readonly<Partial<Record<Task, number>>> = {
  snapshot: brief,
  rollback: 300_000,
  delsnapshot: brief,
  start: brief,
  stop: brief,
  set: brief,
  resize: brief,
};

/** Refused before anything was begun: a lock or something half made that is there is another's, who is at work. */
const refusals: ReadonlySet<Reason> = new Set<Reason>(["LOCKED", "CONTAINER_EXISTS", "SNAPSHOT_EXISTS"]);

/**
 * Has pct do something, and leaves nothing half done behind: a lock that a failure or an abort leaves is taken away again; one that somebody else
 * holds is not. Throws what pct said as a Fault (errors.ts), and abortFault when aborted. What matters of
 * its stderr is given back: pct set and resize complain there, and end with 0.
 */
export async function perform(host: Host, ctid: Ctid, call: Pick<Call, "run" | "signal">, asked: Asked): Promise<string> {
  checkAbort(call.signal);
  const { task, args, snapshot = "", source = null } = asked;
  const mark = randomBytes(8).toString("hex");
  const intent: Intent = { run: call.run, task, snapshot, source, mark: `PHOENIX_PCT=${mark}` };
  await writeIntent(host.state_dir, ctid, intent);
  const patient = later(call.signal, grace[task] ?? 0);
  // While a worker of it is still at work, what was begun is remembered, for the next call to wait for (recover.ts).
  const end = async (cutOff: boolean) => {
    if (!cutOff || (await settle(host, ctid, intent)) === "settled") await forgetIntent(host.state_dir, ctid);
  };
  let fault: Fault | null = null;
  let said = "";
  try {
    const { code, stdout, stderr } = await host.pct(args, { PHOENIX_PCT: mark }, patient.signal);
    said = essence(stderr);
    const command = args.join(" ").split("\n")[0] ?? "";
    if (code > 128 && code < 255) {
      await workersEnded(host, ctid, intent); // they go on
      fault = killedFault(command, code - 128);
    } else if (code !== 0) {
      // A clone complains of what it copies.
      fault = pctFault(source ?? ctid, command, stderr, stdout);
    }
  } catch (thrown) {
    await end(true);
    throw thrown;
  } finally {
    patient.end();
  }
  await end(fault !== null && !refusals.has(fault.failure.reason));
  if (call.signal.aborted) throw abortFault(call.signal);
  if (fault !== null) throw fault;
  return said;
}

/** A signal that is aborted so long after another one. */
function later(signal: AbortSignal, ms: number): { readonly signal: AbortSignal; readonly end: () => void } {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const abort = () => {
    timer = setTimeout(() => controller.abort(signal.reason), ms);
  };
  signal.addEventListener("abort", abort, { once: true });
  const end = () => {
    signal.removeEventListener("abort", abort);
    clearTimeout(timer);
  };
  return { signal: controller.signal, end };
}
