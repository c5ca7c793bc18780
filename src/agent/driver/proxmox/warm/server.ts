import { readIfThere } from "../../lxc/files.ts";
import { descendants, signalEach } from "../../proc.ts";
import { run, toolEnv } from "../../process.ts";
import { pctEnv } from "../pct.ts";
import { warmProgram } from "./program.ts";

const killPatienceMs = 5_000;

/** What becomes of a request: it has begun (with the process that waits for it), it has ended, or the server has gone without a word about it. */
export interface Listener {
  readonly started: (pid: number) => void;
  readonly done: (code: number) => void;
  readonly lost: (why: string) => void;
}

/** A running warm pct. */
export interface Server {
  /** Resolves when the modules are loaded; rejects with what Perl said when they can't be. */
  readonly ready: Promise<void>;
  /** Sends a request: files for stdout and stderr, a mark, arguments. */
  readonly send: (words: readonly string[], listener: Listener) => void;
  /** Lets it end when it has nothing to do; what is under way goes on. */
  readonly close: () => void;
  /** Ends it now; commands that are under way go on. */
  readonly kill: () => void;
  readonly ended: Promise<void>;
}

/** Starts one. `perl_lib` are further folders of modules. */
export function startServer(perl_lib: readonly string[]): Server {
  const ready = Promise.withResolvers<void>();
  const input = queue();
  const stop = new AbortController();
  const listeners = new Map<number, Listener>();
  const errors: string[] = [];
  let pid: number | null = null;
  let last = 0;
  let rest = "";

  const heard = (line: string) => {
    const [word, id = "", value = ""] = line.split(" ");
    const listener = listeners.get(Number(id));
    if (word === "ready") {
      pid = Number(id);
      ready.resolve();
    }
    if (word === "started") listener?.started(Number(value));
    if (word === "done") {
      listeners.delete(Number(id));
      listener?.done(Number(value));
    }
  };
  const stdout = (chunk: Uint8Array) => {
    const lines = (rest + Buffer.from(chunk).toString("latin1")).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(heard);
  };
  const stderr = (chunk: Uint8Array) => void (errors.length < 100 && errors.push(Buffer.from(chunk).toString("utf8")));
  const argv = ["perl", "-T", ...perl_lib.map((folder) => `-I${folder}`), "-e", warmProgram];
  const env = { ...toolEnv, ...pctEnv };
  const ended = run({ argv, env, cwd: "/", stdin: input.items, output: { stdout, stderr }, keeper: false, signal: stop.signal }).then(
    ({ code }) => `it ended with ${code}: ${errors.join("").trim()}`,
    (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown)),
  );
  const over = ended.then((why) => {
    ready.reject(new Error(why));
    for (const listener of listeners.values()) listener.lost(why);
    listeners.clear();
  });
  ready.promise.catch(() => {}); // whoever waits for it sees it
  return {
    ready: ready.promise,
    send: (words, listener) => {
      last += 1;
      listeners.set(last, listener);
      input.push(requestOf(last, words));
    },
    close: input.close,
    kill: () => (pid === null ? stop.abort() : signalEach([pid], "SIGKILL")),
    ended: over,
  };
}

/** Kills a command, given the process that waits for it, and all that it has begun. Resolves when they are gone, or after some seconds. */
export async function killCommand(pid: number): Promise<void> {
  const family = [...(await descendants([pid])), pid];
  signalEach(family, "SIGKILL");
  const deadline = performance.now() + killPatienceMs;
  while ((await Promise.all(family.map(isAlive))).includes(true) && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function isAlive(pid: number): Promise<boolean> {
  const stat = await readIfThere(`/proc/${pid}/stat`).catch(() => null); // a process that is just going can't be read
  return stat !== null && !stat.slice(stat.lastIndexOf(")")).startsWith(") Z");
}

function requestOf(id: number, words: readonly string[]): Uint8Array {
  const bytes = words.map((word) => Buffer.from(word, "utf8"));
  return Buffer.concat([Buffer.from(`${id} ${bytes.length}\n`), ...bytes.flatMap((word) => [Buffer.from(`${word.length}\n`), word])]);
}

/** Items that are taken as they come, until it is closed. */
function queue(): { readonly items: AsyncIterable<Uint8Array>; readonly push: (item: Uint8Array) => void; readonly close: () => void } {
  const waiting: Uint8Array[] = [];
  let open = true;
  let wake = Promise.withResolvers<void>();
  async function* items(): AsyncIterable<Uint8Array> {
    while (open || waiting.length > 0) {
      const item = waiting.shift();
      if (item !== undefined) yield item;
      else await wake.promise.then(() => (wake = Promise.withResolvers<void>()));
    }
  }
  const push = (item: Uint8Array) => {
    waiting.push(item);
    wake.resolve();
  };
  const close = () => {
    open = false;
    wake.resolve();
  };
  return { items: items(), push, close };
}
