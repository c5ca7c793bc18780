import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { chmodSync, closeSync, cpSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { makePool } from "../../support/pool.ts";

const root = resolve(import.meta.dirname, "../../..");
export const executables = { agent: join(root, "dist/phoenix-agent"), ctl: join(root, "dist/phoenixctl") };

/** What a command printed and how it ended. */
export interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A phoenixctl that has not ended, perhaps. */
export interface Underway {
  readonly child: ChildProcess;
  readonly ended: Promise<Said>;
  /** Resolves when it has printed this on stdout; rejects when it ends without. */
  readonly prints: (text: string) => Promise<void>;
}

/** A folder with a manifest, scripts and settings, and an agent that serves it; everything is the built executables. */
export interface House {
  readonly folder: string;
  readonly socket: string;
  /** Runs phoenixctl to its end. */
  readonly ctl: (...args: readonly string[]) => Said;
  /** Starts phoenixctl; for what goes on meanwhile. */
  readonly begin: (...args: readonly string[]) => Underway;
  /** The output of a shell command inside; throws when it fails. */
  readonly inside: (ctid: number, command: string) => string;
  readonly script: (name: string, text: string) => void;
  readonly manifest: (edit: (manifest: Manifest) => void) => void;
  readonly startAgent: () => Promise<void>;
  /** Of the agent that was started; throws when there is none, or it has ended. */
  readonly agentPid: () => number;
  /** Ends the agent with a signal and gives its exit code (null when the signal ended it). */
  readonly endAgent: (signal: "SIGTERM" | "SIGKILL") => Promise<number | null>;
  readonly agentLog: () => string;
  readonly dispose: () => Promise<void>;
}

/** As much of a manifest as the tests edit. */
export interface Manifest {
  [key: string]: unknown;
  lxc_configs: Record<string, Record<string, unknown>>;
}

/** A platform for a house: its part of agent.yaml, and how it is taken away. */
export interface Ground {
  readonly settings: readonly string[];
  /** What `base` in the manifest's folder links to; null where templates need not exist. */
  readonly template: string | null;
  /** What the examples' manifest has to have otherwise here. */
  readonly edit: (manifest: Manifest) => void;
  readonly dispose: () => void;
}

export function lxcGround(): Ground {
  const pool = makePool();
  return { settings: ["driver: lxc", `lxc: { path: ${pool.path} }`], template: pool.template, edit: () => {}, dispose: pool.dispose };
}

export function simGround(): Ground {
  const settings = ["driver: sim", "sim: { state: sim.json, log: calls.log, unknown_commands: succeed }"];
  return { settings, template: null, edit: () => {}, dispose: () => {} };
}

/** What a house may have otherwise. */
interface Otherwise {
  /** The folder that it is made in. */
  readonly within?: string;
  /** The command that is the agent, in place of the built executable. */
  readonly agent?: readonly [string, ...string[]];
}

/** Makes a house with the examples in it; its agent is not started yet. */
export function makeHouse(ground: Ground, { within = tmpdir(), agent: command = [executables.agent] }: Otherwise = {}): House {
  const folder = mkdtempSync(join(within, "phoenix-e2e-"));
  // The root of an unprivileged container may look into it too.
  chmodSync(folder, 0o755);
  cpSync(join(root, "examples"), folder, { recursive: true });
  if (ground.template !== null) symlinkSync(ground.template, join(folder, "base"));
  const places = [
    "socket: agent.sock",
    "state_dir: state",
    "manifest: phoenix_lxc_configs.json",
    "scripts: bin",
    "features: bin/lxc_setup",
  ];
  writeFileSync(join(folder, "agent.yaml"), [...ground.settings, ...places, ""].join("\n"));
  const socket = join(folder, "agent.sock");
  const env = { PATH: process.env["PATH"] ?? "", PHOENIX_SOCKET: socket, TZ: "UTC", LANG: "C.UTF-8" };
  const log = join(folder, "agent.log");
  let agent: ChildProcess | null = null;

  const manifest = (edit: (manifest: Manifest) => void) => {
    const file = join(folder, "phoenix_lxc_configs.json");
    const content = JSON.parse(readFileSync(file, "utf8")) as Manifest;
    edit(content);
    writeFileSync(file, JSON.stringify(content, null, 2));
  };
  manifest(ground.edit);

  const ctl = (...args: readonly string[]): Said => {
    const done = spawnSync(executables.ctl, args, { encoding: "utf8", env, stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 28 });
    return { code: done.status, out: done.stdout, err: done.stderr };
  };
  const endAgent = async (signal: "SIGTERM" | "SIGKILL"): Promise<number | null> => {
    const child = agent;
    agent = null;
    if (child === null || child.exitCode !== null) return child?.exitCode ?? null;
    const gone = new Promise<number | null>((done) => child.once("exit", done));
    child.kill(signal);
    return gone;
  };
  return {
    folder,
    socket,
    ctl,
    begin(...args) {
      return underway(spawn(executables.ctl, args, { env, stdio: ["ignore", "pipe", "pipe"] }));
    },
    inside(ctid, command) {
      const { code, out, err } = ctl("exec", String(ctid), "--", "sh", "-c", command);
      if (code !== 0) throw new Error(`in ${ctid}: ${command}: exit code ${code}: ${err}`);
      return out.trim();
    },
    script: (name, text) => writeFileSync(join(folder, "bin", name), text),
    manifest,
    async startAgent() {
      const out = openSync(log, "a");
      const [file, ...args] = command;
      const child = spawn(file, [...args, "--config", join(folder, "agent.yaml")], { env, stdio: ["ignore", out, out] });
      closeSync(out);
      agent = child;
      await until(
        () => answers(socket),
        () => (child.exitCode === null ? null : `the agent has ended: ${readFileSync(log, "utf8")}`),
      );
    },
    agentPid: () => {
      if (agent?.pid === undefined || agent.exitCode !== null || agent.signalCode !== null) throw new Error("the agent has ended");
      return agent.pid;
    },
    endAgent,
    agentLog: () => (existsSync(log) ? readFileSync(log, "utf8") : ""),
    async dispose() {
      await endAgent("SIGKILL");
      ground.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves when the condition holds; rejects when `hopeless` says why it never will. */
export async function until(condition: () => boolean | Promise<boolean>, hopeless: () => string | null = () => null): Promise<void> {
  while (!(await condition())) {
    const why = hopeless();
    if (why !== null) throw new Error(why);
    await new Promise((done) => setTimeout(done, 10));
  }
}

function underway(child: ChildProcess): Underway {
  let out = "";
  let err = "";
  let closed = false;
  child.stdout?.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const ended = new Promise<Said>((done) => {
    child.once("close", (code) => {
      closed = true;
      done({ code, out, err });
    });
  });
  const hopeless = (text: string) => () => (closed ? `it ended and never printed "${text}": ${out}${err}` : null);
  return { child, ended, prints: (text) => until(() => out.includes(text), hopeless(text)) };
}

function answers(socket: string): Promise<boolean> {
  return new Promise((done) => {
    const probe = connect(socket, () => {
      probe.destroy();
      done(true);
    });
    probe.on("error", () => done(false));
  });
}
