/** `npm run demo`: brings up an agent with containers of its own, shows what a letsgo does, and takes everything away again. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { styleText } from "node:util";
import { makePool, takeAway, whyNoContainers, type TestPool } from "../test/support/pool.ts";

const root = join(import.meta.dirname, "..");
const ctl = join(root, "dist/phoenixctl");
const keep = process.argv.includes("--keep");
/** In the folder of a demo that was kept: what has to be ended with it. */
const keptFile = "kept.json";
const folderPrefix = join(tmpdir(), "phoenix-demo-");

/** A folder with everything that the demo makes, and how to get rid of it. */
interface Stage {
  readonly folder: string;
  readonly socket: string;
  readonly pool: TestPool | null;
}

class DemoFailed extends Error {}

function say(text: string): void {
  console.log(styleText("bold", `\n# ${text}`));
}

/** Runs phoenixctl as a user would, showing the command and what it prints. */
function show(stage: Stage, ...args: readonly string[]): void {
  console.log(styleText("dim", `$ phoenixctl ${args.map((arg) => (/^[\w./=:-]+$/.test(arg) ? arg : `'${arg}'`)).join(" ")}`));
  const { status } = spawnSync(ctl, args, { stdio: ["ignore", "inherit", "inherit"], env: environment(stage) });
  if (status !== 0) throw new DemoFailed(`phoenixctl ${args.join(" ")} ended with exit code ${status}`);
}

/** The output of a command inside a container; null when it fails. */
function inside(stage: Stage, ctid: number, command: string): string | null {
  const result = spawnSync(ctl, ["exec", String(ctid), "--", "sh", "-c", command], { encoding: "utf8", env: environment(stage) });
  return result.status === 0 ? result.stdout.trim() : null;
}

function environment({ socket }: Stage): NodeJS.ProcessEnv {
  return { ...process.env, PHOENIX_SOCKET: socket };
}

/** Prints what is so, and ends the demo when it is not. */
function claim(what: string, holds: boolean): void {
  console.log(`  ${holds ? styleText("green", "yes") : styleText("red", "NO ")}  ${what}`);
  if (!holds) throw new DemoFailed(`it is not so that ${what}`);
}

function makeStage(): Stage {
  const why = whyNoContainers();
  const pool = why === null ? makePool("btrfs", "2G", keep ? "kept" : "process") : null;
  const folder = mkdtempSync(folderPrefix);
  cpSync(join(root, "examples"), folder, { recursive: true });
  if (pool !== null) symlinkSync(pool.template, join(folder, "base"));
  const socket = join(folder, "agent.sock");
  const platform =
    pool === null ? ["driver: sim", "sim: { state: sim.json, unknown_commands: succeed }"] : ["driver: lxc", `lxc: { path: ${pool.path} }`];
  const places = [
    "socket: agent.sock",
    "state_dir: state",
    "manifest: phoenix_lxc_configs.json",
    "scripts: bin",
    "features: bin/lxc_setup",
  ];
  writeFileSync(join(folder, "agent.yaml"), [...platform, ...places, ""].join("\n"));
  if (why !== null) console.log(`No containers can run here (${why}), so this is the same with simulated ones.`);
  return { folder, socket, pool };
}

async function startAgent(stage: Stage): Promise<ChildProcess> {
  const log = openSync(join(stage.folder, "agent.log"), "w");
  const agent = spawn(join(root, "dist/phoenix-agent"), ["--config", join(stage.folder, "agent.yaml")], {
    stdio: ["ignore", log, log],
    detached: keep,
  });
  const ended = new Promise<never>((_, reject) => {
    agent.once("exit", () => reject(new DemoFailed(`the agent has ended:\n${readFileSync(join(stage.folder, "agent.log"), "utf8")}`)));
  });
  await Promise.race([listening(stage.socket), ended]);
  ended.catch(() => {});
  return agent;
}

/** Resolves when somebody answers on the socket. */
async function listening(socket: string): Promise<void> {
  for (;;) {
    const up = await new Promise<boolean>((resolve) => {
      const probe = connect(socket, () => resolve(true));
      probe.on("error", () => resolve(false));
      probe.on("connect", () => probe.destroy());
    });
    if (up) return;
    await pause();
  }
}

/** The application script as it would be after its owner has worked on it. */
function newVersion(stage: Stage): void {
  const file = join(stage.folder, "bin/model.sh");
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace(/^VERSION=1$/m, "VERSION=2").replace("/srv/model/version 1", "/srv/model/version 2"));
}

function tour(stage: Stage): void {
  const answer = "wget -q -O - http://127.0.0.1:8000/cgi-bin/answer";

  say("Four containers from nothing: a template, and three that are cloned from it, in the order of their dependencies");
  show(stage, "orchestrate", "--all");
  say("950 has a GPU, so it was shut down at the end. It is started, somebody chats with it, and somebody breaks it");
  show(stage, "start", "950");
  inside(stage, 950, "echo 'what is the answer' > /var/chats/first.txt");
  inside(stage, 950, "echo 'tuned by hand' > /etc/broken.conf");
  if (stage.pool !== null) console.log(`  950 answers: ${inside(stage, 950, answer) ?? ""}`);
  newVersion(stage);

  say("The owner has written version 2 of the application script. What would a letsgo do?");
  const { status } = spawnSync(ctl, ["plan", "letsgo", "950"], { stdio: "inherit", env: environment(stage) });
  if (status !== 7) throw new DemoFailed(`plan ended with exit code ${status}, and 7 says that there is something to do`);
  say("Do it");
  show(stage, "letsgo", "950");

  say("Was it real?");
  claim("what was broken by hand inside is gone", inside(stage, 950, "cat /etc/broken.conf") === null);
  claim("version 2 of the application is in effect", inside(stage, 950, "cat /srv/model/version") === "2");
  if (stage.pool !== null) {
    const said = inside(stage, 950, answer) ?? "";
    claim(`950 answers over HTTP: ${said}`, said.includes("version 2"));
  }
  claim("the chat on the data volume is still there", inside(stage, 950, "cat /var/chats/first.txt") === "what is the answer");

  say("Its restore points, and all containers");
  show(stage, "snapshot", "list", "950");
  show(stage, "ps");
}

async function end(stage: Stage, agent: ChildProcess | null): Promise<void> {
  if (agent !== null && agent.exitCode === null) {
    const gone = new Promise((resolve) => agent.once("exit", resolve));
    agent.kill("SIGTERM");
    await gone;
  }
  stage.pool?.dispose();
  rmSync(stage.folder, { recursive: true, force: true });
}

async function main(): Promise<void> {
  const began = Date.now();
  const stage = makeStage();
  let agent: ChildProcess | null = null;
  const interrupted = () => void end(stage, agent).then(() => process.exit(130));
  process.once("SIGINT", interrupted);
  process.once("SIGTERM", interrupted);
  try {
    agent = await startAgent(stage);
    tour(stage);
    console.log(styleText("dim", `\n${((Date.now() - began) / 1000).toFixed(1)} s`));
  } catch (error) {
    console.error(`\nphoenix: the demo failed: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
  if (keep && process.exitCode === undefined && agent !== null) stay(stage, agent);
  else await end(stage, agent);
  if (!keep) {
    console.log("\nEverything is taken away again. To keep it and play: npm run demo -- --keep");
    console.log(
      "Then try: phoenixctl show 950 · phoenixctl run list · phoenixctl snapshot create 950 mine · phoenixctl letsgo 950 --dry-run",
    );
  }
}

/** Leaves the agent and its containers up, and says how to talk to it and how to get rid of it. */
function stay(stage: Stage, agent: ChildProcess): void {
  agent.unref();
  const kept: Kept = { pid: agent.pid ?? 0, pool: stage.pool?.folder ?? null };
  writeFileSync(join(stage.folder, keptFile), JSON.stringify(kept));
  console.log(`
The agent is still up. Talk to it:
  export PHOENIX_SOCKET=${stage.socket} PATH=${join(root, "dist")}:$PATH
  phoenixctl ps
  phoenixctl letsgo 950

Its manifest, scripts, settings and log are in ${stage.folder}
Stop it, and take everything away:
  npm run demo -- --stop`);
}

interface Kept {
  readonly pid: number;
  readonly pool: string | null;
}

/** Ends the demos that were kept. */
async function stop(): Promise<void> {
  const folders = readdirSync(tmpdir()).map((name) => join(tmpdir(), name));
  const kept = folders.filter((folder) => folder.startsWith(folderPrefix) && existsSync(join(folder, keptFile)));
  for (const folder of kept) {
    const { pid, pool } = JSON.parse(readFileSync(join(folder, keptFile), "utf8")) as Kept;
    // The pid may be somebody else's by now.
    const commandLine = existsSync(`/proc/${pid}`) ? readFileSync(`/proc/${pid}/cmdline`, "utf8") : "";
    if (commandLine.includes(folder)) {
      process.kill(pid, "SIGTERM");
      while (existsSync(`/proc/${pid}`)) await pause();
    }
    if (pool !== null) takeAway(pool);
    rmSync(folder, { recursive: true, force: true });
    console.log(`${folder} is taken away`);
  }
  if (kept.length === 0) console.log("no demo was kept");
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

await (process.argv.includes("--stop") ? stop() : main());
