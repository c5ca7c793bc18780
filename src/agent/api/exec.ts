import type { ExecCommand__Output, ExecRequest__Output, ExecResponse } from "../../../proto/index.ts";
import { Fault } from "../domain/errors.ts";
import type { Outgoing } from "./adapt.ts";
import type { Parts } from "./parts.ts";
import { complaint, ctid, demand, type Complaint } from "./validate.ts";

/** Larger pieces of output are cut, so that none comes near the limit of a message. */
const pieceBytes = 256 * 1024;

/** Larger commands would not fit into what the kernel takes as arguments. */
const mostArgumentBytes = 1_000_000;

/** HostService.Exec: the command, its standard input as it comes, its output as it goes, the exit code last. */
export async function exec(parts: Parts, requests: AsyncIterable<ExecRequest__Output>, out: Outgoing<ExecResponse>): Promise<void> {
  const incoming = requests[Symbol.asyncIterator]();
  const command = readCommand(await incoming.next());
  const over = new AbortController();
  const stop = new AbortController();
  const signal = AbortSignal.any([out.signal, stop.signal]);
  if (command.timeout_s > 0) void stopLater(parts, command.timeout_s, stop, over.signal);
  const send = async (stream: "stdout" | "stderr", chunk: Uint8Array) => {
    for (let at = 0; at < chunk.length; at += pieceBytes) await out.send({ [stream]: chunk.subarray(at, at + pieceBytes) });
  };
  const process = {
    argv: command.argv,
    env: command.env,
    stdin: standardInput(incoming, stop),
    output: { stdout: (chunk: Uint8Array) => send("stdout", chunk), stderr: (chunk: Uint8Array) => send("stderr", chunk) },
  };
  const note = (text: string) => parts.log.info({ ctid: command.ctid, note: text }, "exec");
  try {
    const exit_code = await parts.driver.exec(command.ctid, process, { run: "", signal, note });
    await out.send({ exit_code });
  } catch (thrown) {
    // Whatever the driver says when it was told to stop, the reason is why.
    signal.throwIfAborted();
    throw thrown;
  } finally {
    over.abort();
  }
}

function readCommand(first: IteratorResult<ExecRequest__Output>): ExecCommand__Output {
  const command = first.done === true ? null : first.value.command;
  if (command == null) throw new Fault("INVALID", "command: expected it in the first message");
  demand(ctid(command.ctid, "command.ctid"), ...argumentComplaints(command.argv), ...Object.entries(command.env).map(variableComplaint));
  return command;
}

function argumentComplaints(argv: readonly string[]): readonly Complaint[] {
  const bytes = argv.reduce((sum, argument) => sum + Buffer.byteLength(argument) + 1, 0);
  const zero = argv.find((argument) => argument.includes("\0"));
  return [
    (argv[0] ?? "") === "" ? complaint("command.argv", "expected a program", argv.length === 0 ? "nothing" : "") : null,
    zero === undefined ? null : complaint("command.argv", "expected no zero bytes", zero),
    bytes > mostArgumentBytes ? complaint("command.argv", `expected at most ${mostArgumentBytes} bytes`, bytes) : null,
  ];
}

function variableComplaint([name, value]: readonly [string, string]): Complaint {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return complaint("command.env", "expected names of letters, digits and _", name);
  return value.includes("\0") ? complaint(`command.env.${name}`, "expected no zero bytes", value) : null;
}

/** What the caller sends after the command, until it ends its side. */
async function* standardInput(incoming: AsyncIterator<ExecRequest__Output>, stop: AbortController): AsyncGenerator<Uint8Array> {
  for (;;) {
    // A caller that goes away fails this read as well; the signal already says so, and nobody may be waiting here any more.
    const next = await incoming.next().catch(() => null);
    if (next === null || next.done === true) return;
    if (next.value.stdin === undefined) {
      stop.abort(new Fault("INVALID", "request: expected stdin, since the command was in the first message"));
      return;
    }
    if (next.value.stdin.length > 0) yield next.value.stdin;
  }
}

async function stopLater({ clock }: Parts, timeout_s: number, stop: AbortController, over: AbortSignal): Promise<void> {
  const isOver = await clock.sleep(timeout_s * 1000, over).then(
    () => false,
    () => true,
  );
  if (!isOver) stop.abort(new Fault("TIMEOUT", `the command did not end within ${timeout_s} s, and was killed`));
}
