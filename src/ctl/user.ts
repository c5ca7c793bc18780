import { userInfo } from "node:os";

/** The login name of whoever sits there: with sudo, of the one who said sudo. */
export function userName(env: NodeJS.ProcessEnv): string {
  return env["SUDO_USER"] || userInfo().username;
}
