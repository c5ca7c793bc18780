import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { checkLock, loadConf } from "../conf-file.ts";
import { withConfigLock } from "../locks.ts";
import { isRunning, startContainer, stopContainer } from "../lxc.ts";
import { Die, out } from "../output.ts";
import { isWorker, upid } from "../task.ts";
import type { PctWorld } from "../world-file.ts";
import { pct, type Call, type Command } from "./command.ts";
import { applyPending } from "./pending.ts";

const skiplock = { type: "boolean" } as const;

/** `lock: mounted` stands in the way of neither start nor stop (section "locks"). */
function checkPowerLock({ world, vmid, given }: Call): void {
  const conf = loadConf(world, vmid);
  if (given["skiplock"] !== "1" && conf.values["lock"] !== "mounted") checkLock(conf);
}

/** pct start. */
export const start: Command = {
  syntax: pct("start", ["vmid"], { skiplock, debug: { type: "boolean" } }),
  run: ({ world, vmid }) => {
    loadConf(world, vmid);
    if (isRunning(world, vmid)) throw new Die(`CT ${vmid} already running`);
  },
  task: (call) => {
    const { world, vmid } = call;
    withConfigLock(world, vmid, () => {
      if (loadConf(world, vmid).values["template"] === "1") throw new Die("you can't start a CT if it's a template");
      checkPowerLock(call);
      // A start that has waited for another one ends well (section "concurrency", two starts).
      if (!isRunning(world, vmid)) startContainer(world, vmid, applyPending(world, vmid));
    });
  },
};

/** Where a shutdown leaves the process ids of its worker and of who does it, so that a stop can overrule it. */
function shutdownFile(world: PctWorld, vmid: string): string {
  return join(world.lxc_path, vmid, "shutdown-task");
}

/** Ends the task of a shutdown and all that it runs (section "concurrency", stop --overrule-shutdown). */
function overruleShutdown(world: PctWorld, vmid: string): void {
  const file = shutdownFile(world, vmid);
  if (!existsSync(file)) return;
  const task = JSON.parse(readFileSync(file, "utf8")) as { worker: number; runner: number; upid: string };
  rmSync(file);
  if (!isWorker(task.worker)) return;
  for (const pid of [task.worker, task.runner]) process.kill(-pid, "SIGINT");
  out(`overruled vzshutdown tasks: ${task.upid}\n`);
}

function checkRunning({ world, vmid }: Call, word = "CT"): void {
  loadConf(world, vmid);
  if (!isRunning(world, vmid)) throw new Die(`${word} ${vmid} not running`);
}

/** pct stop: kills. */
export const stop: Command = {
  syntax: pct("stop", ["vmid"], { skiplock, "overrule-shutdown": { type: "boolean" } }),
  run: (call) => checkRunning(call),
  task: (call) => {
    const { world, vmid, given } = call;
    if (given["overrule-shutdown"] === "1") overruleShutdown(world, vmid);
    withConfigLock(world, vmid, () => {
      checkPowerLock(call);
      stopContainer(world, vmid, loadConf(world, vmid), "kill");
    });
  },
};

function timeoutOf(given: Call["given"]): number {
  return Number(given["timeout"] ?? 60);
}

function shutDown(call: Call, worker: number): void {
  const { world, vmid, given } = call;
  const timeout_s = timeoutOf(given);
  const file = shutdownFile(world, vmid);
  const conf = loadConf(world, vmid);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ worker, runner: process.pid, upid: upid(world, "shutdown", vmid, worker) }));
  try {
    stopContainer(world, vmid, conf, { timeout_s, force: given["forceStop"] === "1" });
  } finally {
    rmSync(file, { force: true });
  }
}

/** pct shutdown: holds the lock all the time. */
export const shutdown: Command = {
  syntax: pct("shutdown", ["vmid"], { timeout: { type: "integer", minimum: 0 }, forceStop: { type: "boolean" } }),
  run: (call) => checkRunning(call),
  task: (call, worker) =>
    withConfigLock(call.world, call.vmid, () => {
      checkPowerLock(call);
      shutDown(call, worker);
    }),
  interrupted: ({ vmid, given }) => `command 'lxc-stop -n ${vmid} --nokill --timeout ${timeoutOf(given)}' failed: received interrupt\n`,
};

/** pct reboot. */
export const reboot: Command = {
  syntax: pct("reboot", ["vmid"], { timeout: { type: "integer", minimum: 0 } }),
  run: (call) => checkRunning(call, "VM"),
  task: (call, worker) =>
    withConfigLock(call.world, call.vmid, () => {
      checkPowerLock(call);
      shutDown(call, worker);
      startContainer(call.world, call.vmid, applyPending(call.world, call.vmid));
    }),
};
