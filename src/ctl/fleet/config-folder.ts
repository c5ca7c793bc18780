import { isAbsolute, join, resolve } from "node:path";

/** Where the client keeps what it knows of hosts: PHOENIX_CONFIG_DIR, or phoenix in XDG_CONFIG_HOME, or ~/.config/phoenix. */
export function configFolder(env: NodeJS.ProcessEnv): string {
  const own = env["PHOENIX_CONFIG_DIR"] ?? "";
  if (own !== "") return resolve(own);
  return join(base(env["XDG_CONFIG_HOME"], join(home(env), ".config")), "phoenix");
}

/** Where it keeps what can be found out again: PHOENIX_CACHE_DIR, or phoenix in XDG_CACHE_HOME, or ~/.cache/phoenix. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  const own = env["PHOENIX_CACHE_DIR"] ?? "";
  if (own !== "") return resolve(own);
  return join(base(env["XDG_CACHE_HOME"], join(home(env), ".cache")), "phoenix");
}

/** The XDG specification wants relative paths to be ignored. */
function base(given: string | undefined, otherwise: string): string {
  return given !== undefined && isAbsolute(given) ? given : otherwise;
}

/** Where there is no home nothing is known, and nothing can be kept: below /dev/null there are no files. */
function home(env: NodeJS.ProcessEnv): string {
  return env["HOME"] || "/dev/null";
}
