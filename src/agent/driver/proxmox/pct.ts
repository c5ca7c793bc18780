import { Fault } from "../../domain/errors.ts";
import { run, toolEnv } from "../process.ts";
import type { ProxmoxSettings } from "./settings.ts";

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs pct with these arguments; `env` is added to its environment. Gives whatever came of it; throws abortFault when aborted, after it was killed. */
export type Pct = (args: readonly string[], env: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<Ran>;

/** The pct of the host, a process for each call. Fault UNSUPPORTED when there is none. */
export function plainPct(settings: Pick<ProxmoxSettings, "pct">): Pct {
  return async (args, env, signal) => {
    const chunks = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
    const output = {
      stdout: (chunk: Uint8Array) => void chunks.stdout.push(chunk.slice()),
      stderr: (chunk: Uint8Array) => void chunks.stderr.push(chunk.slice()),
    };
    const program = {
      argv: [settings.pct, ...args],
      env: { ...toolEnv, ...pctEnv, ...env },
      cwd: "/",
      stdin: "none",
      output,
      keeper: false,
      signal,
    } as const;
    const { code } = await run(program).catch((thrown: unknown) => {
      throw thrown instanceof Fault && thrown.failure.reason === "UNSUPPORTED" ? absent(settings.pct) : thrown;
    });
    return { code, stdout: textOf(chunks.stdout), stderr: textOf(chunks.stderr) };
  };
}

/** What pct is run with: its texts are matched, so it has to speak English. */
export const pctEnv: Readonly<Record<string, string>> = { HOME: "/root", LC_ALL: "C.UTF-8", TERM: "dumb", USER: "root" };

function absent(pct: string): Fault {
  return new Fault(
    "UNSUPPORTED",
    `there is no ${pct} on this host`,
    "Is this a Proxmox host? Else set proxmox.pct, or another driver, in agent.yaml.",
  );
}

function textOf(chunks: readonly Uint8Array[]): string {
  return Buffer.concat(chunks).toString("utf8");
}
