import type { Syntax } from "../options.ts";
import type { PctWorld } from "../world-file.ts";

/** One call: the world and its command line. */
export interface Call {
  readonly world: PctWorld;
  /** The container that it is about; empty for list. */
  readonly vmid: string;
  readonly given: Readonly<Record<string, string>>;
  readonly rest: readonly string[];
}

/** One command of pct. */
export interface Command {
  readonly syntax: Syntax;
  /** What is done before the task forks, or everything where there is none. Gives an exit code; nothing is 0. */
  readonly run?: (call: Call) => number | void;
  /** What is done while there is a worker, of this process id. */
  readonly task?: (call: Call, worker: number) => void;
  /** What the worker says when it is ended by SIGINT. */
  readonly interrupted?: (call: Call) => string;
}

/** The syntax of a pct command. */
export function pct(name: string, args: readonly string[], options: Syntax["options"] = {}): Syntax {
  return { program: "pct", name, args, options };
}
