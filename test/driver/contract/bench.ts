// What the contract's tests are written with.
import { isDeepStrictEqual } from "node:util";
import { expect } from "@jest/globals";
import type { Container, Ctid } from "../../../src/agent/domain/container.ts";
import type { Reason } from "../../../src/agent/domain/errors.ts";
import type { Action } from "../../../src/agent/domain/step.ts";
import type { Call, Driver, Output } from "../../../src/agent/driver/driver.ts";
import type { ContractHost } from "../contract.ts";

type Of<D extends Action["do"]> = Extract<Action, { do: D }>;

export const runA = "01JD0000000000000000000000A".slice(0, 26);
export const runB = "01JD1111111111111111111111B".slice(0, 26);

/** What goes with a call of a test: nobody aborts it, and what it notes can be read. */
export function call(run: string = runA, signal: AbortSignal = new AbortController().signal): Call & { readonly notes: string[] } {
  const notes: string[] = [];
  return { run, signal, note: (line) => void notes.push(line), notes };
}

/** Expects that a call fails with this reason, and gives its message. */
export async function refused(work: Promise<unknown>, reason: Reason): Promise<string> {
  const thrown = await work.then(
    () => "it was done",
    (error: unknown) => error,
  );
  expect(thrown).toMatchObject({ name: "Fault", failure: { reason } });
  return thrown instanceof Error ? thrown.message : "";
}

/** Collects what a process prints. */
export function collected(): { readonly output: Output; readonly stdout: () => string; readonly stderr: () => string } {
  const chunks = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  const joined = (list: readonly Uint8Array[]) => Buffer.concat(list).toString("utf8");
  return {
    output: { stdout: (chunk) => void chunks.stdout.push(chunk.slice()), stderr: (chunk) => void chunks.stderr.push(chunk.slice()) },
    stdout: () => joined(chunks.stdout),
    stderr: () => joined(chunks.stderr),
  };
}

/** A snapshot action. */
export function taking(name: string, replace: "never" | "atomic" = "never", description = "for a test"): Of<"snapshot"> {
  return { do: "snapshot", name, description, replace };
}

/** What attach may be asked for; the rest is empty. */
export function attaching(wanted: Partial<Omit<Of<"attach">, "do">>): Of<"attach"> {
  return { do: "attach", volumes: [], mounts: [], keep: [], ...wanted };
}

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };
export type Bench = ReturnType<typeof bench>;

/** The tools, over a host that is made later. Every container has a number of its own; all but the shared ones are stopped after the test. */
export function bench(host: () => ContractHost) {
  let last = 700;
  const made: Ctid[] = [];
  const kept = new Map<"stopped" | "running", Container>();
  const driver = (): Driver => host().driver;
  const unused = (): Ctid => (last += 1);

  const creation = (ctid: Ctid, origin?: Of<"create">["origin"]): Of<"create"> => ({
    do: "create",
    origin: origin ?? { from: "template", template: host().template },
    name: `test-${ctid}`,
    pool: host().pool,
    unprivileged: false,
    settings: { hostname: `test-${ctid}` },
  });

  const find = async (ctid: Ctid): Promise<Container | undefined> => (await driver().observe()).containers.get(ctid);

  const look = async (ctid: Ctid): Promise<Container> => {
    const container = await find(ctid);
    if (container === undefined) throw new Error(`container ${ctid} is not there`);
    return container;
  };

  const create = async (ctid: Ctid = unused(), origin?: Of<"create">["origin"], run = runA): Promise<Ctid> => {
    made.push(ctid);
    await driver().create(ctid, creation(ctid, origin), call(run));
    return ctid;
  };

  const running = async (): Promise<Ctid> => {
    const ctid = await create();
    await driver().start(ctid, call());
    return ctid;
  };

  /**
   * A container for a test that leaves it as it finds it, with a snapshot `old`: making one takes longer than most tests. It stays until
   * the end of the suite; should a test have changed it, the next one gets another.
   */
  const shared = async (state: "stopped" | "running"): Promise<Ctid> => {
    const before = kept.get(state);
    if (before !== undefined && isDeepStrictEqual(await find(before.ctid), before)) return before.ctid;
    const ctid = unused();
    await driver().create(ctid, creation(ctid), call());
    await driver().snapshot(ctid, taking("old"), call());
    if (state === "running") await driver().start(ctid, call());
    kept.set(state, await look(ctid));
    return ctid;
  };

  const exec = async (
    ctid: Ctid,
    argv: readonly string[],
    more: { stdin?: string; env?: Record<string, string>; call?: Call } = {},
  ): Promise<Ran> => {
    const { output, stdout, stderr } = collected();
    const stdin = more.stdin === undefined ? "none" : bytes(more.stdin);
    const code = await driver().exec(ctid, { argv, env: more.env ?? {}, stdin, output }, more.call ?? call());
    return { code, stdout: stdout(), stderr: stderr() };
  };

  /** Writes a line into a file inside a running container. */
  const write = async (ctid: Ctid, path: string, line: string): Promise<void> => {
    expect(await exec(ctid, ["sh", "-c", `echo ${line} > ${path}`])).toEqual({ code: 0, stdout: "", stderr: "" });
  };

  /** The line in a file inside a running container; null when there is no such file. */
  const read = async (ctid: Ctid, path: string): Promise<string | null> => {
    if ((await exec(ctid, ["test", "-e", path])).code !== 0) return null;
    return (await exec(ctid, ["cat", path])).stdout.replace(/\n$/, "");
  };

  /** Does something with a container that runs for just that time. */
  const whileRunning = async <T>(ctid: Ctid, work: () => Promise<T>): Promise<T> => {
    await driver().start(ctid, call());
    const result = await work();
    await driver().stop(ctid, { how: "kill" }, call());
    return result;
  };

  const stopAll = async (): Promise<void> => {
    for (const ctid of made.splice(0)) {
      if ((await find(ctid)) === undefined) continue;
      await host().lock?.(ctid, null);
      await driver().stop(ctid, { how: "kill" }, call());
    }
  };

  return { host, driver, unused, creation, create, running, shared, find, look, exec, write, read, whileRunning, stopAll };
}

async function* bytes(content: string): AsyncIterable<Uint8Array> {
  for (const part of content.split(/(?<=\n)/)) yield await Promise.resolve(Buffer.from(part));
}
