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
import { Become, Die, err, printAs, tell } from "./output.ts";
import { upid } from "./task.ts";
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

/** Has a worker made for a task of this name, which says this when it is interrupted, and gives its process id. */
type Begin = (name: string, interrupted: string) => Promise<number>;

async function call(program: string, file: string, argv: readonly string[], begin: Begin): Promise<number> {
  const world = readWorld(file);
  const command = find(program, argv[0]);
  const { given, rest } = parseArguments(command.syntax, argv.slice(1));
  const made: Call = { world, vmid: given["vmid"] ?? "", given, rest };
  waitAsLong(world, command.syntax.name);
  const code = command.run?.(made) ?? 0;
  if (command.task === undefined) return code;
  const { name } = command.syntax;
  const worker = await begin(upid(world, name, made.vmid, "PID"), command.interrupted?.(made) ?? "");
  printAs("task");
  try {
    command.task(made, worker);
  } catch (error) {
    // Section "hookscript", pre-start hook fails: an error of a task is made one line.
    throw error instanceof Die ? new Die(error.message.replaceAll("\n", " ")) : error;
  } finally {
    printAs("call");
  }
  return 0;
}

/** Does what `pct` or `pvesh` does with these arguments, in the world that a file describes. */
export async function answer(program: string, file: string, argv: readonly string[], begin: Begin): Promise<void> {
  try {
    const code = await call(program, file, argv, begin);
    tell("E", String(code));
  } catch (error) {
    if (error instanceof Become) return tell("X", error.argv.join("\0"));
    err(`${error instanceof Die ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
    tell("E", String(error instanceof Die ? error.code : 255));
  }
}
