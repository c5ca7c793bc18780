import { Fault } from "../../domain/errors.ts";
import { run, toolEnv, type Program } from "../process.ts";

/** More paths than this are not held in memory. */
export const mostPaths = 200_000;

/** Runs a tool until it has said all, or `enough` is aborted. Throws BACKEND_FAILED with what it said when it fails; abortFault. */
export async function toItsEnd(
  program: Pick<Program, "argv" | "output">,
  said: () => string,
  signal: AbortSignal,
  enough: AbortSignal,
): Promise<void> {
  try {
    const { code } = await run({ ...program, env: toolEnv, cwd: "/", stdin: "none", signal: AbortSignal.any([signal, enough]) });
    if (code !== 0) throw new Fault("BACKEND_FAILED", `${program.argv.slice(0, 2).join(" ")} exited with ${code}: ${said().trim()}`);
  } catch (thrown) {
    if (!enough.aborted || signal.aborted) throw thrown;
  }
}
