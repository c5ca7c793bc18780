// One call of the lxc driver, in a process of its own that kills itself before its n-th step: a step is whatever changes a file or starts a tool.
// Prints how many steps there were when it lives to the end.
import childProcess from "node:child_process";
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import type { Call, Driver } from "../../src/agent/driver/driver.ts";

export interface KilledAt {
  readonly path: string;
  readonly step: number;
  readonly call: {
    readonly [M in keyof Driver]: Driver[M] extends (...args: infer A) => Promise<unknown> ? { method: M; args: Shorter<A> } : never;
  }[keyof Driver];
  readonly run: string;
}
type Shorter<A> = A extends [...infer Rest, Call] ? Rest : never;

const order = JSON.parse(process.argv[2] ?? "") as KilledAt;
let steps = 0;

function counted<F extends (...args: never[]) => unknown>(work: F): F {
  return ((...args: never[]) => {
    steps += 1;
    if (steps === order.step) process.kill(process.pid, "SIGKILL");
    return work(...args);
  }) as F;
}

fs.open = counted(fs.open);
fs.rename = counted(fs.rename);
fs.mkdir = counted(fs.mkdir);
fs.rm = counted(fs.rm);
fs.rmdir = counted(fs.rmdir);
childProcess.spawn = counted(childProcess.spawn);
syncBuiltinESMExports();

const { lxcDriver } = await import("../../src/agent/driver/lxc/lxc.ts");
const driver = lxcDriver({ path: order.path }, { templates_base: "/" });
const call: Call = { run: order.run, signal: new AbortController().signal, note: () => {} };
const method = driver[order.call.method] as (...args: unknown[]) => Promise<unknown>;
await method(...order.call.args, call);
console.log(steps);
