import type { ContainerState, Ctid } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";
import type { Call } from "../driver.ts";
import { isThere } from "../lxc/tree.ts";
import { checkAbort } from "../process.ts";
import { isUnderHa } from "./ha.ts";
import type { Host } from "./host.ts";
import { look, stateOf } from "./observe.ts";
import { readied } from "./ready.ts";
import { perform, type Asked } from "./task.ts";

/** The HA manager looks every few seconds what it has to do. */
const haPauseMs = 100;

const startupFailed = /startup for container '\d+' failed/;
const unknownOption = /Unknown option: overrule-shutdown/;

export type How = { readonly how: "graceful"; readonly timeout_s: number } | { readonly how: "kill" };

/** Driver.start. */
export async function start(host: Host, ctid: Ctid, call: Call): Promise<void> {
  const { state } = await readied(host, ctid, call, "power");
  if (state === "running") return;
  if (state === "frozen") throw new Fault("LOCKED", `container ${ctid} is frozen`, `thaw it: lxc-unfreeze -n ${ctid}`);
  try {
    await until("running", host, ctid, call, { task: "start", args: ["start", String(ctid)] });
  } catch (thrown) {
    throw await explained(host, ctid, thrown);
  }
}

/** pct says only that it failed, where a folder of the host that is to be mounted is not there. */
async function explained(host: Host, ctid: Ctid, thrown: unknown): Promise<unknown> {
  if (!(thrown instanceof Fault && startupFailed.test(thrown.message))) return thrown;
  const { attachments } = await look(host, ctid);
  const sources = attachments.flatMap(({ kind, source }) => (kind === "bind" ? [source] : []));
  const there = await Promise.all(sources.map(isThere));
  const gone = sources.filter((_, at) => there[at] !== true);
  if (gone.length === 0) return thrown;
  return new Fault(thrown.failure.reason, thrown.message, `not on this host, and to be mounted: ${gone.join(", ")}`);
}

/** Driver.stop. */
export async function stop(host: Host, ctid: Ctid, how: How, call: Call): Promise<void> {
  const { state } = await readied(host, ctid, call, "power");
  if (state === "stopped") return;
  const by = (await isUnderHa(host, ctid)) ? "manager" : "pct";
  if (how.how === "kill") return kill(host, ctid, by, call);
  const timeout = by === "pct" ? timeoutOf(how.timeout_s) : Math.max(1, Math.round(how.timeout_s));
  await until("stopped", host, ctid, call, { task: "shutdown", args: ["shutdown", String(ctid), "--timeout", String(timeout)] });
}

/** What pct is told, for it to give up after so many seconds: after a --timeout of T it waits for T + 5 seconds more (facts, "Stop and shutdown"). */
function timeoutOf(seconds: number): number {
  return Math.max(1, Math.floor((seconds - 5) / 2));
}

/**
 * A shutdown that is under way is overruled: pct would wait for it otherwise, and give up (facts, "Stop and shutdown"). For what is under HA it refuses
 * that ("Not applicable for HA resources"), and before Proxmox VE 8.2 it does not know the option: then nothing has been done.
 */
async function kill(host: Host, ctid: Ctid, by: "manager" | "pct", call: Call): Promise<void> {
  const asked: Asked = { task: "stop", args: ["stop", String(ctid)] };
  if (by === "manager") return until("stopped", host, ctid, call, asked);
  try {
    await until("stopped", host, ctid, call, { ...asked, args: [...asked.args, "--overrule-shutdown", "1"] });
  } catch (thrown) {
    if (!(thrown instanceof Fault && unknownOption.test(thrown.message))) throw thrown;
    await until("stopped", host, ctid, call, asked);
  }
}

/** Has pct do it, and looks whether it is so. Somebody else may have done it at the same moment, which pct takes for a failure. */
async function until(wanted: ContainerState, host: Host, ctid: Ctid, call: Call, asked: Asked): Promise<void> {
  let said: Fault | null = null;
  try {
    await perform(host, ctid, call, asked);
  } catch (thrown) {
    if (call.signal.aborted || !(thrown instanceof Fault)) throw thrown;
    said = thrown;
  }
  const isSo = (state: ContainerState) => state === wanted || (wanted === "running" && state === "starting");
  let state = await stateOf(host, ctid);
  while (!isSo(state) && said === null && (await isUnderHa(host, ctid))) {
    checkAbort(call.signal);
    await new Promise((resolve) => setTimeout(resolve, haPauseMs));
    state = await stateOf(host, ctid);
  }
  if (isSo(state)) return;
  if (said !== null) throw said;
  const log = `/var/log/lxc/${ctid}.log`;
  throw new Fault(
    "BACKEND_FAILED",
    `pct ${asked.task} has ended well, and container ${ctid} is ${state}`,
    wanted === "running" ? `its init has ended at once: see ${log}` : "",
  );
}
