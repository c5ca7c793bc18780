import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fail } from "./run.ts";
import { hashFiles, isFresh, markFresh } from "./stamp.ts";

/** What becomes one file that runs on a machine without Node. */
export interface Executable {
  name: string;
  main: string;
  /** Files that it carries, read at run time through node:sea. */
  assets: Record<string, string>;
  execArgv: string[];
}

const folder = ".cache/build";
let node: string | undefined;

/** Makes the executable, unless the one that is there came from the same script, assets and Node. */
export function makeExecutable(executable: Executable, script: string, output: string): void {
  const stamp = join(folder, `${executable.name}.stamp`);
  const hash = hashFiles([script, ...Object.values(executable.assets), "package-lock.json", "build/sea.ts", "build/build.ts"]);
  if (isFresh(stamp, hash, [output])) return;
  const config = join(folder, `${executable.name}.${process.pid}.json`);
  // Made beside its place and then moved there: an executable that is running can't be overwritten.
  const partial = `${output}.${process.pid}`;
  writeFileSync(config, JSON.stringify(seaConfig(executable, script, partial)));
  // The seed of V8's hash tables shows in the code cache: with a random one, no two builds would be alike.
  const result = spawnSync(process.execPath, ["--random-seed=1", "--build-sea", config], { encoding: "utf8" });
  rmSync(config);
  if (result.status !== 0) fail(`node --build-sea failed for ${executable.name}: ${result.error?.message ?? result.stderr.trim()}`);
  writeWhole(partial, output);
  markFresh(stamp, hash);
  console.error(`phoenix: built ${output}`);
}

/**
 * Written from end to end, as an installation does it, the kernel keeps a file in larger pieces than in the order in which Node has made it, and starts it
 * a twentieth sooner.
 */
function writeWhole(partial: string, output: string): void {
  const whole = `${partial}.whole`;
  copyFileSync(partial, whole);
  rmSync(partial);
  renameSync(whole, output);
}

function seaConfig({ assets, execArgv }: Executable, main: string, output: string): object {
  return {
    main,
    output,
    executable: (node ??= strippedNode()),
    mainFormat: "commonjs",
    disableExperimentalSEAWarning: true,
    useCodeCache: true,
    assets,
    // A signal must not open Node's inspector: whoever connects to it, and on loopback everybody of the machine can, would be root.
    execArgv: ["--disable-warning=ExperimentalWarning", "--disable-sigusr1", ...execArgv],
    // NODE_OPTIONS belongs to other programs of the user's; it must not change ours.
    execArgvExtension: "none",
  };
}

/** Without its symbols the executable is a quarter smaller; without `strip` it still works. */
function strippedNode(): string {
  const stripped = join(folder, `node-${process.version}`);
  if (existsSync(stripped)) return stripped;
  const partial = `${stripped}.${process.pid}`;
  copyFileSync(process.execPath, partial);
  if (spawnSync("strip", [partial]).status === 0) {
    renameSync(partial, stripped);
    return stripped;
  }
  rmSync(partial, { force: true });
  console.error("phoenix: no strip here (package binutils), so the executables are 33 MB larger than they need to be");
  return process.execPath;
}
