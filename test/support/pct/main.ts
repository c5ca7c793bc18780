import { clone } from "./commands/clone.ts";
import type { Call, Command } from "./commands/command.ts";
import { create } from "./commands/create.ts";
import { delsnapshot } from "./commands/delsnapshot.ts";
import { exec, pull, push } from "./commands/inside.ts";
import { destroy, feature, resize, template, unlock } from "./commands/other.ts";
import { reboot, shutdown, start, stop } from "./commands/power.ts";
import { config, list, listsnapshot, pending, status } from "./commands/read.ts";
import { rollback } from "./commands/rollback.ts";
import { set } from "./commands/set.ts";
import { snapshot } from "./commands/snapshot.ts";
import { waitAsLong } from "./latency.ts";
import { parseArguments } from "./options.ts";
import { Die, err } from "./output.ts";
import { forkWorker, inWorker, runTask } from "./task.ts";
import { USAGE } from "./usage.ts";
import { readWorld } from "./world-file.ts";

const commands: readonly Command[] = [
  clone, config, create, delsnapshot, destroy, exec, feature, list, listsnapshot, pending, pull, push,
  reboot, resize, rollback, set, shutdown, snapshot, start, status, stop, template, unlock,
]; // prettier-ignore

function find(program: string, name: string | undefined): Command {
  if (name === undefined) throw new Die(`ERROR: no command specified\n${USAGE}`);
  const found = commands.find(({ syntax }) => syntax.program === program && syntax.name === name);
  if (found === undefined) throw new Die(`ERROR: unknown command '${program} ${name}'\n${USAGE}`);
  return found;
}

async function call(program: string, argv: readonly string[]): Promise<number> {
  const world = readWorld();
  const command = find(program, argv[0]);
  const { given, rest } = parseArguments(command.syntax, argv.slice(1));
  const made: Call = { world, vmid: given["vmid"] ?? "", given, rest };
  if (inWorker()) {
    runTask(() => command.task?.(made));
    return 0;
  }
  waitAsLong(world, command.syntax.name);
  const code = command.run?.(made) ?? 0;
  return command.task === undefined ? code : forkWorker(command.interrupted?.(made) ?? "");
}

/** Does what `pct` or `pvesh` does with these arguments, and sets the exit code. */
export async function main(program: string, argv: readonly string[]): Promise<void> {
  try {
    process.exitCode = await call(program, argv);
  } catch (error) {
    if (!(error instanceof Die)) throw error;
    err(`${error.message}\n`);
    process.exitCode = error.code;
  }
}
