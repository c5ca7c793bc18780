import { once } from "node:events";
import type { ServiceError } from "@grpc/grpc-js";
import type { ExecRequest, ExecResponse__Output as ExecResponse } from "../../../proto/types.ts";
import { exit } from "../exit.ts";
import { converse, type Conversation } from "../fleet/host.ts";
import { TooOld, troubleOf } from "../fleet/trouble.ts";
import { forContainer, withHost } from "../fleet/with-host.ts";
import { onInterrupt } from "../follow/interrupt.ts";
import type { Globals, Session } from "../session.ts";
import { parsedCtid } from "./spec.ts";

/** The flags of exec. */
export interface ExecFlags extends Globals {
  readonly env?: readonly (readonly [name: string, value: string])[];
  readonly timeout?: number;
}

type Talk = Conversation<ExecRequest, ExecResponse>;

/** Runs a command inside a container and ends with its exit code; given are the container's CTID, the command and its arguments. */
export async function exec(session: Session, flags: ExecFlags, ...args: string[]): Promise<number> {
  const [container = "", ...argv] = args;
  const ctid = parsedCtid(container);
  return withHost(session, forContainer(ctid, `exec in ${ctid}`), async (host) => {
    const command = { ctid, argv, env: Object.fromEntries(flags.env ?? []), timeout_s: flags.timeout ?? 0 };
    const talk: Talk = converse(host, host.services.host.Exec, { command });
    const interruption = onInterrupt();
    interruption.signal.addEventListener("abort", () => talk.call.cancel());
    try {
      const input = passInput(session, talk);
      const code = await passOutput(session, talk);
      session.io.stdin.destroy();
      await input;
      return code;
    } catch (thrown) {
      if (interruption.signal.aborted) return exit.interrupted;
      throw troubleOf(thrown as ServiceError, host.contract);
    } finally {
      interruption.end();
      talk.call.cancel();
    }
  });
}

/** Standard input as it comes. A terminal is not passed on: nothing in the contract makes one inside. */
async function passInput({ io: { stdin } }: Session, { call, say }: Talk): Promise<void> {
  if (stdin.isTTY) {
    call.end();
    return;
  }
  try {
    for await (const chunk of stdin as AsyncIterable<Buffer>) {
      if (!call.writable) return;
      if (!say({ stdin: chunk })) await Promise.race([once(call, "drain"), once(call, "end")]);
    }
    call.end();
  } catch (thrown) {
    // The command has ended, or the call broke: whoever reads the output finds out why.
    if (thrown instanceof TooOld) call.destroy(thrown);
  }
}

/** Writes the output as it comes, no faster than it is taken, and gives the exit code. */
async function passOutput({ io: { stdout, stderr } }: Session, { call }: Talk): Promise<number> {
  let code: number | null = null;
  for await (const { stdout: out, stderr: err, exit_code } of call as AsyncIterable<ExecResponse>) {
    if (out && !stdout.write(out)) await once(stdout, "drain");
    if (err && !stderr.write(err)) await once(stderr, "drain");
    if (exit_code !== undefined) code = exit_code;
  }
  if (code === null) throw Object.assign(new Error("the agent ended the call without an exit code"), { code: 13, details: "no exit code" });
  return code;
}
