import { spawnSync } from "node:child_process";
import { exampleSettings } from "../../src/agent/config/example.ts";
import { manuals } from "../docs/manuals.ts";
import { fail } from "../run.ts";
import type { Made } from "./contents.ts";

/** What the sources and the executables in dist/ say about themselves. */
export function gather(version: string, epoch: number): Made {
  return {
    version,
    epoch,
    manuals: manuals(),
    completions: new Map(["bash", "zsh", "fish"].map((shell) => [shell, completion(shell)])),
    settings: exampleSettings(),
  };
}

function completion(shell: string): string {
  const result = spawnSync("dist/phoenixctl", ["completion", shell], { encoding: "utf8" });
  if (result.status !== 0) fail(`phoenixctl completion ${shell} failed: ${result.error?.message ?? result.stderr.trim()}`);
  return result.stdout;
}
