import { existsSync } from "node:fs";
import type { Conf } from "./conf.ts";
import { Die, out } from "./output.ts";
import { run } from "./process.ts";
import { filePath } from "./storage.ts";
import type { PctWorld } from "./world-file.ts";

/** Dies when a hook script is not there (section "hookscript", missing). */
export function checkHook(world: PctWorld, id: string): void {
  if (!existsSync(filePath(world, id))) throw new Die(`script '${id}' does not exist`, 2);
}

/** Runs the owner's hook script for a phase; what it prints goes where the task prints (section "hookscript"). */
export function runHook(world: PctWorld, vmid: string, conf: Conf, phase: "pre-start" | "post-start" | "pre-stop"): void {
  const id = conf.values["hookscript"];
  if (id === undefined) return;
  const path = filePath(world, id);
  const { status, stdout } = run(["sh", "-c", 'exec "$@" 2>&1', "sh", path, vmid, phase]);
  out(stdout);
  if (status !== 0)
    throw new Die(`hookscript error for ${vmid} on ${phase}: command '${path} ${vmid} ${phase}' failed: exit code ${status}\n`);
}

/** The command for the phase that LXC itself calls; `:` where there is no script. */
export function postStopCommand(world: PctWorld, conf: Conf): string {
  const id = conf.values["hookscript"];
  return id === undefined ? ":" : filePath(world, id);
}
