import { scripts, type Shell } from "../completion/scripts.ts";
import { exit } from "../exit.ts";
import type { Session } from "../session.ts";

/** Prints the script by which a shell completes command lines of phoenixctl. */
export async function completion(session: Session, _flags: object, shell: Shell): Promise<number> {
  session.io.stdout.write(scripts[shell]);
  return exit.done;
}
