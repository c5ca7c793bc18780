import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bundle } from "../bundle.ts";
import { makeTarball } from "./tarball.ts";
import { from, type Workshop } from "./tree.ts";

/** The oldest Node that phoenixctl runs on without bringing its own. */
const oldestNode = 22;

/** Writes phoenixctl-VERSION.tgz, an npm package of one bundled file, and gives its path. */
export async function makeNpmPackage(version: string, workshop: Workshop): Promise<string> {
  const script = join(workshop.work, "phoenixctl.cjs");
  await bundle("src/ctl/main.ts", script, version, `node${oldestNode}`).catch(() => process.exit(1));
  const about = {
    name: "phoenixctl",
    version,
    description: "Manages LXC containers on many hosts through their Phoenix agents",
    license: "Apache-2.0",
    bin: { phoenixctl: "phoenixctl.cjs" },
    files: ["phoenixctl.cjs"],
    engines: { node: `>=${oldestNode}` },
  };
  const files = [
    { path: "phoenixctl.cjs", content: `#!/usr/bin/env node\n${readFileSync(script, "utf8")}`, mode: 0o755 },
    { path: "package.json", content: `${JSON.stringify(about, null, 2)}\n`, mode: 0o644 },
    from("README.md", "README.md"),
    from("LICENSE", "LICENSE"),
  ];
  // What npm pack makes, without its knowing the umask.
  return makeTarball(`phoenixctl-${version}.tgz`, "package", files, workshop);
}
