import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { abortFault } from "../process.ts";
import { freshId } from "../lxc/paths.ts";
import { namesIn } from "../lxc/files.ts";
import type { Inside } from "./inside.ts";
import { endMarked, markOf } from "./marks.ts";

/** A command that is under way: the environment that tells its processes from all others, and a private folder for what it needs. */
export interface UnderWay {
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
}

/**
 * Does the work of a command. Its folder is there until the command has ended, so that a later life of the agent knows which
 * commands had not (endCommands), even when nothing on the host is left of them. When the work throws, all of the command's processes are ended, and an
 * aborted signal's Fault is thrown in place of what was.
 */
export async function underWay<T>(
  inside: Inside,
  call: { readonly run: string; readonly signal: AbortSignal },
  work: (command: UnderWay) => Promise<T>,
): Promise<T> {
  const id = freshId();
  const mark = markOf(id);
  const folder = join(inside.scripts, `${call.run}-${id}`);
  const env = { ...(call.run === "" ? {} : { PHOENIX_RUN_ID: call.run }), ...mark.env };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    const result = await work({ env, folder });
    await rm(folder, { recursive: true, force: true });
    return result;
  } catch (thrown) {
    await endMarked(mark.entry);
    await rm(folder, { recursive: true, force: true });
    throw call.signal.aborted ? abortFault(call.signal) : thrown;
  }
}

/** Ends the commands of a run that an earlier life of the agent did not see the end of. What those that had ended left in the background stays. */
export async function endCommands(inside: Pick<Inside, "scripts">, run: string): Promise<void> {
  if (run === "") return;
  for (const name of await namesIn(inside.scripts)) {
    if (!name.startsWith(`${run}-`)) continue;
    await endMarked(markOf(name.slice(run.length + 1)).entry);
    await rm(join(inside.scripts, name), { recursive: true, force: true });
  }
}
