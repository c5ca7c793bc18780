import { join } from "node:path";
import type { Ctid } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";
import type { Call, Command } from "../driver.ts";
import { checkAbort, run, toolEnv } from "../process.ts";
import { writeSynced } from "../lxc/files.ts";
import { underWay } from "./commands.ts";
import type { Inside } from "./inside.ts";

/** A script that was just written may be held open for writing for a moment by another child that is being forked. */
const busyTries = 20;

/**
 * Driver.runOnHost: the script lies under its own name in a private folder meanwhile. Besides what was given its
 * environment has PHOENIX_LXC_PATH, by which lxc-attach and the others find the container.
 */
export async function runOnHost(
  inside: Inside,
  ctid: Ctid,
  file: { readonly name: string; readonly content: Uint8Array },
  command: Omit<Command, "argv" | "stdin">,
  call: Call,
): Promise<number> {
  checkAbort(call.signal);
  await inside.exists(ctid);
  if (!/^[^/\0]+$/.test(file.name) || file.name === "." || file.name === "..")
    throw new Fault("INVALID", `${JSON.stringify(file.name)} is not the name of a file`);
  return underWay(inside, call, async (mark) => {
    const path = join(mark.folder, file.name);
    await writeSynced(path, file.content, 0o700);
    const env = { HOME: "/root", TERM: "linux", ...toolEnv, PHOENIX_LXC_PATH: inside.path, ...command.env, ...mark.env };
    const argv = [path, String(ctid)];
    const { output } = command;
    const { code, held } = await patiently(() => run({ argv, env, cwd: "/", stdin: "none", output, signal: call.signal }));
    if (held) call.note(`what ${file.name} left in the background held its output open: that was cut off (send it to a file)`);
    return code;
  });
}

async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let left = busyTries; ; left -= 1) {
    try {
      return await work();
    } catch (thrown) {
      if (left === 0 || !(thrown instanceof Error) || !thrown.message.includes("ETXTBSY")) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
