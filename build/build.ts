// src -> dist/phoenix-agent and dist/phoenixctl: one bundle each, inside a copy of the pinned Node.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { bundle } from "./bundle.ts";
import { addonAsset } from "../src/agent/store/addon.ts";
import { makeExecutable, type Executable } from "./sea.ts";

const require = createRequire(import.meta.url);
const addon = join(require.resolve("better-sqlite3/package.json"), `../prebuilds/linux-${process.arch}.node`);
const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

const assets = { [addonAsset]: addon };
const executables: readonly Executable[] = [
  // node:vfs is what loads the database addon from memory (src/agent/store/addon.ts).
  { name: "phoenix-agent", main: "src/agent/main.ts", assets, execArgv: ["--experimental-vfs"] },
  { name: "phoenixctl", main: "src/ctl/main.ts", assets: {}, execArgv: [] },
];

mkdirSync("dist", { recursive: true });
mkdirSync(".cache/build", { recursive: true });
for (const executable of executables) {
  const script = join(".cache/build", `${executable.name}.cjs`);
  // esbuild has said what is wrong by then.
  await bundle(executable.main, script, version).catch(() => process.exit(1));
  makeExecutable(executable, script, join("dist", executable.name));
}
