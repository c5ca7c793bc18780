import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, totalmem } from "node:os";

/** The machine that figures come from. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memory_gb: number;
  readonly kernel: string;
  readonly system: string;
  readonly node: string;
  readonly phoenix: string;
  /** Processes that wanted to run, by the minute before. */
  readonly load: number;
}

export function machine(): Machine {
  const system = /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "";
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  return {
    cpu: cpus()[0]?.model ?? "",
    cores: availableParallelism(),
    memory_gb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    system,
    node: process.version,
    phoenix: version,
    load: loadavg()[0] ?? 0,
  };
}

/** In a line; says when figures other than ratios mean nothing. */
export function machineText({ cpu, cores, memory_gb, kernel, system, node, phoenix, load }: Machine): string {
  const busy = load > cores / 2 ? ` **The machine was busy (load ${load.toFixed(1)}): only the ratios mean something.**` : "";
  return `${cpu}, ${cores} cores, ${memory_gb} GB; ${system}, Linux ${kernel}; Node ${node}; Phoenix ${phoenix}.${busy}`;
}
