import { isAbsolute, join, resolve } from "node:path";
import { complaint } from "../complaint.ts";
import { exit } from "../exit.ts";

/**
 * Where the client keeps what it knows of hosts: PHOENIX_CONFIG_DIR, or phoenix in XDG_CONFIG_HOME, or ~/.config/phoenix. null where
 * none of them is known: then no hosts are, and the agent of this machine can be reached all the same.
 */
export function configFolder(env: NodeJS.ProcessEnv): string | null {
  const own = env["PHOENIX_CONFIG_DIR"] ?? "";
  if (own !== "") return resolve(own);
  const home = env["HOME"] ?? "";
  const base = absolute(env["XDG_CONFIG_HOME"]) ?? (home === "" ? null : join(home, ".config"));
  return base === null ? null : join(base, "phoenix");
}

/** The same for who can't do without. Throws Complaint. */
export function demandConfigFolder(env: NodeJS.ProcessEnv): string {
  const folder = configFolder(env);
  if (folder !== null) return folder;
  throw complaint(
    exit.usage,
    "there is no folder for what is known of hosts: neither PHOENIX_CONFIG_DIR nor XDG_CONFIG_HOME nor HOME is set.",
    [
      ["name it", "PHOENIX_CONFIG_DIR=FOLDER phoenixctl …"],
      ["without", "phoenixctl --socket PATH …   reaches an agent of this machine"],
    ],
  );
}

/**
 * Where it keeps what can be found out again: PHOENIX_CACHE_DIR, or phoenix in XDG_CACHE_HOME, or ~/.cache/phoenix. Where there is no
 * home nothing is kept, and nobody misses it: below /dev/null there are no files.
 */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  const own = env["PHOENIX_CACHE_DIR"] ?? "";
  if (own !== "") return resolve(own);
  return join(absolute(env["XDG_CACHE_HOME"]) ?? join(env["HOME"] || "/dev/null", ".cache"), "phoenix");
}

/** The XDG specification wants relative paths to be ignored. */
function absolute(given: string | undefined): string | null {
  return given !== undefined && isAbsolute(given) ? given : null;
}
