import { basename } from "node:path";
import type { Ctid } from "../../domain/container.ts";
import type { Call, Command, Script } from "../driver.ts";
import { makeFolder, remove, writeFile } from "./files.ts";
import { toFailure } from "../../domain/errors.ts";
import { find, findRunning } from "./model.ts";
import { interpret, runScript, type Machine } from "./interpreter.ts";
import { perform, type Sim } from "./perform.ts";
import { hostTable, insideTable, killed, type Table } from "./process-table.ts";

type Environment = Omit<Command, "argv" | "stdin">;

/** The exit code of a process whose container is stopped: 128 + SIGKILL. */
const killedCode = 137;

/** The signals by which a driver's calls learn that a container's processes were killed. */
export function lives(): Pick<Sim, "alive" | "killed"> {
  const controllers = new Map<Ctid, AbortController>();
  return {
    alive: (ctid) => {
      const controller = controllers.get(ctid) ?? new AbortController();
      controllers.set(ctid, controller);
      return controller.signal;
    },
    killed: (ctid) => {
      controllers.get(ctid)?.abort(killed);
      controllers.delete(ctid);
    },
  };
}

const base = { HOME: "/root", LANG: "C.UTF-8", PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", TERM: "dumb" };

/** Driver.exec. */
export function exec(sim: Sim, ctid: Ctid, command: Command, call: Call): Promise<number> {
  const { argv, env } = command;
  const work = (during: () => Promise<void>) => {
    findRunning(sim.options.storage.read(), ctid);
    const signal = AbortSignal.any([call.signal, sim.alive(ctid)]);
    return live(sim, insideTable(ctid, call.run), command, { ...call, signal }, during, (machine) => interpret(machine, argv));
  };
  return perform(sim, { call: "exec", ctid, what: { argv, env } }, call, work, (code) => code);
}

/** Driver.runInside. */
export function runInside(sim: Sim, ctid: Ctid, script: Script, command: Environment, call: Call): Promise<number> {
  const { folder, files, main } = script;
  const argv = [`${folder}/${main}`, String(ctid)];
  const { storage } = sim.options;
  const work = async (during: () => Promise<void>) => {
    storage.change((model) => {
      const container = findRunning(model, ctid);
      makeFolder(model, container, folder, 0o700);
      for (const { name, content, mode } of files) {
        writeFile(model, container, `${folder}/${name}`, Buffer.from(content).toString("latin1"), mode);
      }
    });
    const signal = AbortSignal.any([call.signal, sim.alive(ctid)]);
    const whole: Command = { ...command, argv, stdin: "none" };
    try {
      return await live(sim, insideTable(ctid, call.run), whole, { ...call, signal }, during, (machine) => interpret(machine, argv));
    } finally {
      try {
        storage.change((model) => remove(model, findRunning(model, ctid), folder));
      } catch (error) {
        call.note(`${folder} could not be removed: ${toFailure(error).message}`);
      }
    }
  };
  const what = { folder, files: files.map(({ name }) => name), main, env: command.env };
  return perform(sim, { call: "runInside", ctid, what }, call, work, (code) => code);
}

/** Driver.runOnHost. Nothing runs on the host: the script leaves its layer line in the container, and its directives are done there. */
export function runOnHost(
  sim: Sim,
  ctid: Ctid,
  file: { readonly name: string; readonly content: Uint8Array },
  command: Environment,
  call: Call,
): Promise<number> {
  const work = (during: () => Promise<void>) => {
    find(sim.options.storage.read(), ctid);
    const bytes = Buffer.from(file.content).toString("latin1");
    const whole: Command = { ...command, argv: [file.name, String(ctid)], stdin: "none" };
    return live(sim, hostTable(ctid, call.run), whole, call, during, (machine) => runScript(machine, basename(file.name), bytes));
  };
  return perform(sim, { call: "runOnHost", ctid, what: { name: file.name, env: command.env } }, call, work, (code) => code);
}

/** Lets a command live: as a process that can be seen and killed, with children in the background, and none of them left when it was aborted. */
async function live(
  sim: Sim,
  table: Table,
  command: Command,
  call: Call,
  during: () => Promise<void>,
  run: (machine: Machine) => Promise<number>,
): Promise<number> {
  const { storage, clock, unknown_commands } = sim.options;
  let begun: Promise<void> | null = null;
  const beginning = () => (begun ??= during());
  const children = new Set<number>();
  const begin = (title: string): number =>
    storage.change((model) => {
      const pid = (model.last_pid += 1);
      table.add(model, pid, title);
      return pid;
    });
  const write = (to: Machine["out"]) => async (bytes: Uint8Array) => {
    call.signal.throwIfAborted();
    await to(bytes);
  };

  const self = begin(command.argv.join(" "));
  const machine: Machine = {
    env: { ...base, ...command.env },
    stdin: command.stdin,
    out: write(command.output.stdout),
    err: write(command.output.stderr),
    look: (see) => see(storage.read(), table.find(storage.read(), self)),
    change: (edit) => storage.change((model) => edit(model, table.find(model, self))),
    sleep: (seconds) => clock.sleep(seconds * 1000, call.signal),
    background: (title) => void children.add(begin(title)),
    begun: beginning,
    unknown: unknown_commands,
  };

  try {
    const code = await run(machine);
    await beginning();
    storage.change((model) => {
      table.find(model, self);
      table.drop(model, new Set([self]));
      table.letGo(model, children);
    });
    if (children.size > 0) call.note("a child in the background still holds the output open; let go of it");
    return code;
  } catch (error) {
    storage.change((model) => table.drop(model, new Set([self, ...children])));
    if (error === killed) return killedCode;
    throw error;
  }
}
