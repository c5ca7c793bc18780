// Folders, agents and clients for benchmarks; whatever is made is gone when the process ends.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectSocket } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ask, connect, type Host } from "../../../src/ctl/fleet/host.ts";
import { socketPlace } from "../../../src/ctl/fleet/places.ts";
import { watchRun } from "../../../src/ctl/fleet/watch.ts";
import type { Run__Output as Run, RunKind__Output as RunKind } from "../../../proto/types.ts";

const root = resolve(import.meta.dirname, "../../..");
export const executables = { agent: join(root, "dist/phoenix-agent"), ctl: join(root, "dist/phoenixctl") };

const ends = new Set<() => void>();
process.once("exit", () => {
  for (const end of [...ends].toReversed()) end();
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

/** Does something when the process ends, or before. */
export function atEnd(end: () => void): () => void {
  const once = () => {
    if (ends.delete(once)) end();
  };
  ends.add(once);
  return once;
}

export interface Stage {
  readonly folder: string;
  readonly socket: string;
  readonly dispose: () => void;
}

/** A folder with settings, a manifest and scripts. */
export function makeStage(
  settings: readonly string[],
  containers: Readonly<Record<number, object>>,
  scripts: Readonly<Record<string, string>>,
): Stage {
  const folder = mkdtempSync(join(tmpdir(), "phoenix-bench-"));
  const dispose = atEnd(() => rmSync(folder, { recursive: true, force: true }));
  const places = ["socket: agent.sock", "state_dir: state", "manifest: manifest.json", "scripts: bin", "features: bin/lxc_setup"];
  writeFileSync(join(folder, "agent.yaml"), [...settings, ...places, ""].join("\n"));
  writeFileSync(join(folder, "manifest.json"), JSON.stringify({ lxc_configs: containers }));
  mkdirSync(join(folder, "bin/lxc_setup"), { recursive: true });
  for (const [name, text] of Object.entries(scripts)) writeFileSync(join(folder, "bin", name), text, { mode: 0o755 });
  return { folder, socket: join(folder, "agent.sock"), dispose };
}

export interface RunningAgent {
  readonly pid: number;
  readonly host: Host;
  readonly stop: () => Promise<void>;
}

/** Starts the built agent of a stage, and resolves when it answers on its socket. */
export async function startAgent({ folder, socket }: Stage): Promise<RunningAgent> {
  const child = spawnAgent(folder);
  const log = () => (existsSync(join(folder, "agent.log")) ? readFileSync(join(folder, "agent.log"), "utf8") : "");
  while (!(await answers(socket))) {
    if (child.exitCode !== null) throw new Error(`the agent has ended: ${log()}`);
  }
  const host = await connect(socketPlace(socket));
  const kill = atEnd(() => child.kill("SIGKILL"));
  return {
    pid: child.pid ?? 0,
    host,
    stop: async () => {
      host.client.close();
      const gone = new Promise((done) => child.once("exit", done));
      child.kill("SIGTERM");
      await gone;
      kill();
    },
  };
}

function spawnAgent(folder: string): ChildProcess {
  const log = openSync(join(folder, "agent.log"), "a");
  const child = spawn(executables.agent, ["--config", join(folder, "agent.yaml")], { stdio: ["ignore", log, log] });
  closeSync(log);
  return child;
}

function answers(socket: string): Promise<boolean> {
  return new Promise((done) => {
    const probe = connectSocket(socket, () => {
      probe.destroy();
      done(true);
    });
    // A look takes next to nothing, and none at all would keep the agent from the processor.
    probe.on("error", () => setTimeout(done, 2, false));
  });
}

/** Runs a command to its end, and gives milliseconds; throws what it said when it fails. */
export function command(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<number> {
  const [file = "", ...args] = argv;
  const from = performance.now();
  const child = spawn(file, args, { env: { PATH: process.env["PATH"] ?? "", ...env }, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (bytes: Buffer) => (said += bytes.toString()));
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", (code) => (code === 0 ? done(performance.now() - from) : fail(new Error(`${argv.join(" ")}: ${said.trim()}`))));
  });
}

/** What phoenixctl prints as JSON. */
export function ctlJson(socket: string, ...args: readonly string[]): unknown {
  const done = spawnSync(executables.ctl, [...args, "-o", "json"], { encoding: "utf8", env: { PHOENIX_SOCKET: socket } });
  if (done.status !== 0) throw new Error(`phoenixctl ${args.join(" ")}: ${done.stderr}`);
  return JSON.parse(done.stdout);
}

let requests = 0;

/** Begins runs of a kind, and resolves when all have ended; throws when one has failed. */
export async function runs(host: Host, kind: RunKind, ctids: readonly number[] | "all"): Promise<readonly Run[]> {
  const request_id = `bench-${process.pid}-${(requests += 1)}`;
  const spec = { kind, ctids: ctids === "all" ? [] : [...ctids], all: ctids === "all" };
  const { runs: begun } = await ask(host, host.services.orchestration.StartRun, { request_id, spec });
  return Promise.all(begun.map(({ id }) => ended(host, id)));
}

async function ended(host: Host, id: string): Promise<Run> {
  const silent = { lost: () => {}, back: () => {} };
  for await (const { finished } of watchRun(host, id, silent, new AbortController().signal)) {
    const run = finished?.run;
    if (!run) continue;
    if (run.state !== "RUN_STATE_SUCCEEDED") throw new Error(`run ${id}: ${run.failure?.message ?? run.outcome}`);
    return run;
  }
  throw new Error(`run ${id} has no end`);
}

/**
 * Memory of a process, MB: what is resident, and of that its own, which nothing but its end gives back. The rest is the executable, as
 * much of it as the kernel likes to map: with huge pages in its cache that is nearly all of it, and then again a third.
 */
export function memoryOf(pid: number): { readonly resident: number; readonly own: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const mb = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0) / 1024;
  return { resident: mb("VmRSS"), own: mb("RssAnon") + mb("RssShmem") };
}
