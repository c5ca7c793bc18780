import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundle } from "../bundle.ts";
import { fail } from "../run.ts";

/** The oldest Node that phoenixctl runs on without bringing its own. */
const oldestNode = 22;

/** Writes phoenixctl-VERSION.tgz, an npm package of one bundled file, into a folder and gives its path. */
export async function makeNpmPackage(version: string, folder: string, work: string): Promise<string> {
  const root = join(work, "npm");
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  const script = join(root, "phoenixctl.cjs");
  await bundle("src/ctl/main.ts", script, version, `node${oldestNode}`).catch(() => process.exit(1));
  writeFileSync(script, `#!/usr/bin/env node\n${readFileSync(script, "utf8")}`);
  chmodSync(script, 0o755);
  for (const file of ["README.md", "LICENSE"]) copyFileSync(file, join(root, file));
  const about = {
    name: "phoenixctl",
    version,
    description: "Manages LXC containers on many hosts through their Phoenix agents",
    license: "Apache-2.0",
    bin: { phoenixctl: "phoenixctl.cjs" },
    files: ["phoenixctl.cjs"],
    engines: { node: `>=${oldestNode}` },
  };
  writeFileSync(join(root, "package.json"), `${JSON.stringify(about, null, 2)}\n`);
  const result = spawnSync("npm", ["pack", "--silent", "--pack-destination", work], { cwd: root, encoding: "utf8" });
  if (result.status !== 0) fail(`npm pack failed: ${result.error?.message ?? result.stderr.trim()}`);
  const name = `phoenixctl-${version}.tgz`;
  renameSync(join(work, name), join(folder, name));
  return join(folder, name);
}
