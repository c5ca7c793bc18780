// The built agent as a process that can be killed, again and again, without a trace of it left when the tests end.
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join, resolve } from "node:path";

const executable = resolve(import.meta.dirname, "../../../dist/phoenix-agent");

/** One life of an agent. */
export interface Agent {
  /** Resolves when its socket answers ("up"), or when it has ended before ("gone"). */
  readonly up: Promise<"up" | "gone">;
  readonly gone: Promise<"gone">;
  readonly isGone: () => boolean;
  readonly kill: (signal?: "SIGKILL" | "SIGTERM") => Promise<"gone">;
}

const alive = new Set<number>();
const endAll = () => alive.forEach((pid) => end(pid));
process.once("exit", endAll);
afterAll(endAll);

/** Starts the agent of a folder with an agent.yaml; its log is agent.log. */
export function startAgent(folder: string): Agent {
  const log = openSync(join(folder, "agent.log"), "a");
  const env = { PATH: process.env["PATH"] ?? "", TZ: "UTC", LANG: "C.UTF-8" };
  const child = spawn(executable, ["--config", join(folder, "agent.yaml")], { env, stdio: ["ignore", log, log] });
  closeSync(log);
  const { pid } = child;
  if (pid === undefined) throw new Error("the agent could not be started");
  alive.add(pid);
  let isGone = false;
  const gone = new Promise<"gone">((done) => {
    child.once("exit", () => {
      alive.delete(pid);
      isGone = true;
      done("gone");
    });
  });
  const answered = async () => {
    while (!isGone && !(await answers(join(folder, "agent.sock")))) await new Promise((done) => setTimeout(done, 5));
    return isGone ? "gone" : "up";
  };
  return {
    up: answered(),
    gone,
    isGone: () => isGone,
    kill: (signal = "SIGKILL") => {
      if (!isGone) child.kill(signal);
      return gone;
    },
  };
}

/** What the agents of a folder have logged. */
export function logOf(folder: string): string {
  return readFileSync(join(folder, "agent.log"), "utf8");
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it has ended by itself
  }
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
