import type { Ctid } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";
import type { Call, Command, Output } from "../driver.ts";
import { checkAbort, run, toolEnv } from "../process.ts";
import { underWay } from "./commands.ts";
import { stateOf } from "../lxc/state.ts";
import type { Inside } from "./inside.ts";

const insideEnv = { HOME: "/root", LANG: "C.UTF-8", PATH: toolEnv["PATH"] ?? "", TERM: "linux" };
/** LXC's own failures have this exit code, and say so at the start of stderr (facts/lxc.md). */
const ownFailure = 1;
const headBytes = 4096;

/** Driver.exec. Faults: CONTAINER_MISSING, CONTAINER_NOT_RUNNING (also for a frozen one), BACKEND_FAILED when lxc-attach itself failed. */
export async function exec(inside: Inside, ctid: Ctid, command: Command, call: Call): Promise<number> {
  checkAbort(call.signal);
  await inside.exists(ctid);
  await checkAwake(inside, ctid);
  return underWay(inside, call, async (mark) => {
    const env = { ...insideEnv, ...command.env, ...mark.env };
    const vars = Object.entries(env).flatMap(([key, value]) => ["-v", `${key}=${value}`]);
    const argv = ["lxc-attach", "-P", inside.path, "-n", String(ctid), "--clear-env", ...vars, "--", ...command.argv];
    const { output, text } = listenToHead(command.output);
    // The mark is on lxc-attach too: between fork and exec a process inside still has the environment of lxc-attach.
    const marked = { ...toolEnv, ...mark.env };
    const { code, held } = await run({ argv, env: marked, cwd: "/", stdin: command.stdin, output, keeper: true, signal: call.signal });
    if (code === ownFailure && text().startsWith(`lxc-attach: ${ctid}:`)) await attachFailed(inside, ctid, text());
    if (held) call.note("what the command left in the background held its output open: that was cut off (send it to a file)");
    return code;
  });
}

/** Fault CONTAINER_NOT_RUNNING when nothing can be run inside. lxc-attach would hang on a frozen container (facts/lxc.md). */
async function checkAwake(inside: Inside, ctid: Ctid): Promise<void> {
  const state = await stateOf(inside, ctid);
  if (state === "frozen")
    throw new Fault("CONTAINER_NOT_RUNNING", `container ${ctid} is frozen`, `Thaw it: lxc-unfreeze -P ${inside.path} -n ${ctid}`);
  if (state === "stopped") throw new Fault("CONTAINER_NOT_RUNNING", `container ${ctid} is stopped`, `Start it: phoenixctl start ${ctid}`);
}

async function attachFailed(inside: Inside, ctid: Ctid, said: string): Promise<never> {
  await inside.exists(ctid);
  await checkAwake(inside, ctid);
  throw new Fault("BACKEND_FAILED", said.trim());
}

/** Passes output on, and keeps the first bytes of stderr. */
function listenToHead(output: Output): { readonly output: Output; readonly text: () => string } {
  let head = Buffer.alloc(0);
  const stderr = (chunk: Uint8Array) => {
    if (head.length < headBytes) head = Buffer.concat([head, chunk.subarray(0, headBytes - head.length)]);
    return output.stderr(chunk);
  };
  return { output: { stdout: output.stdout, stderr }, text: () => head.toString("utf8") };
}
