// One call of the proxmox driver, in a process of its own that kills itself before its n-th step: a step is whatever changes a file or starts a tool.
// Prints how many steps there were when it lives to the end.
import childProcess from "node:child_process";
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import type { Call } from "../../../src/agent/driver/driver.ts";
import type { ProxmoxSettings } from "../../../src/agent/driver/proxmox/settings.ts";

export interface KilledAt {
  readonly settings: ProxmoxSettings;
  readonly state_dir: string;
  /** 0: not at all. */
  readonly step: number;
  readonly call: { readonly method: "snapshot" | "restore" | "deleteSnapshot"; readonly args: readonly unknown[] };
  readonly run: string;
}

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
fs.rm = counted(fs.rm);
childProcess.spawn = counted(childProcess.spawn);
syncBuiltinESMExports();

const { proxmoxDriver } = await import("../../../src/agent/driver/proxmox/proxmox.ts");
const log = { trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const driver = proxmoxDriver(order.settings, { state_dir: order.state_dir, log });
const call: Call = { run: order.run, signal: new AbortController().signal, note: () => {} };
const method = driver[order.call.method] as (...args: unknown[]) => Promise<unknown>;
await method(...order.call.args, call);
console.log(steps);
