import type { Command } from "../driver.ts";
import { folderMode, readFile, remove } from "./files.ts";
import type { Model, SimContainer } from "./model.ts";

/** What a simulated command has around it. */
export interface Io {
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: Command["stdin"];
  readonly out: (bytes: Uint8Array) => Promise<void> | void;
  readonly err: (bytes: Uint8Array) => Promise<void> | void;
  /** Looks at the container's files. */
  readonly look: <T>(see: (model: Model, container: SimContainer) => T) => T;
  /** Changes them. */
  readonly change: <T>(edit: (model: Model, container: SimContainer) => T) => T;
  /** Lets time pass. */
  readonly sleep: (seconds: number) => Promise<void>;
}

type Run = (io: Io, args: readonly string[]) => Promise<number> | number;

const lines = (list: readonly string[]) => Buffer.from(list.map((line) => `${line}\n`).join(""));

async function failed(io: Io, text: string): Promise<number> {
  await io.err(lines([text]));
  return 1;
}

/** The commands that the simulation understands, apart from `sh` and `exit`. */
export const commands: Readonly<Record<string, Run>> = {
  true: () => 0,
  false: () => 1,
  echo: async (io, args) => {
    await io.out(lines([args.join(" ")]));
    return 0;
  },
  env: async (io) => {
    await io.out(lines(Object.entries(io.env).map(([name, value]) => `${name}=${value}`)));
    return 0;
  },
  pwd: async (io) => {
    await io.out(lines(["/"]));
    return 0;
  },
  hostname: async (io) => {
    await io.out(lines([io.look((_, container) => container.settings.hostname ?? container.name)]));
    return 0;
  },
  ps: async (io) => {
    await io.out(lines(["PID COMMAND", "1 init", ...io.look((_, { processes }) => processes.map(({ pid, title }) => `${pid} ${title}`))]));
    return 0;
  },
  sleep: async (io, args) => {
    await io.sleep(Number(args[0]));
    return 0;
  },
  cat: async (io, args) => {
    if (args.length === 0 && io.stdin !== "none") for await (const chunk of io.stdin) await io.out(chunk);
    for (const path of args) {
      const file = io.look((model, container) => readFile(model, container, path));
      if (file === null) return failed(io, `cat: can't open '${path}': No such file or directory`);
      await io.out(Buffer.from(file.bytes, "latin1"));
    }
    return 0;
  },
  rm: async (io, args) => {
    const force = args.some((arg) => /^-r?f/.test(arg));
    for (const path of args.filter((arg) => !arg.startsWith("-"))) {
      const gone = io.change((model, container) => remove(model, container, path));
      if (!gone && !force) return failed(io, `rm: can't remove '${path}': No such file or directory`);
    }
    return 0;
  },
  test: (io, [how, path = ""]) => {
    const isFile = io.look((model, container) => readFile(model, container, path)) !== null;
    const isFolder = io.look((model, container) => folderMode(model, container, path)) !== null;
    const answers: Readonly<Record<string, boolean>> = { "-e": isFile || isFolder, "-f": isFile, "-d": isFolder };
    return answers[how ?? ""] === true ? 0 : 1;
  },
  stat: async (io, [, format = "", path = ""]) => {
    const file = io.look((model, container) => readFile(model, container, path));
    const mode = file?.mode ?? io.look((model, container) => folderMode(model, container, path));
    if (mode === null) return failed(io, `stat: can't stat '${path}': No such file or directory`);
    const values: Readonly<Record<string, string>> = { "%a": mode.toString(8), "%u": "0", "%s": String(file?.bytes.length ?? 0) };
    await io.out(lines([format.replaceAll(/%[aus]/g, (key) => values[key] ?? key)]));
    return 0;
  },
};
