import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fault } from "../../../domain/errors.ts";
import type { Log } from "../../../domain/log.ts";
import { abortFault, checkAbort } from "../../process.ts";
import { readIfThere } from "../../lxc/files.ts";
import { orphansEnded } from "../orphans.ts";
import type { Pct, Ran } from "../pct.ts";
import type { ProxmoxSettings } from "../settings.ts";
import { killCommand, startServer, type Server } from "./server.ts";

/** How long things may take. */
export interface Patience {
  /** Until the modules are loaded, which takes 0.6 s (facts/proxmox.md), and until a call is begun. */
  readonly load_ms: number;
  /** So long after the last call it ends. */
  readonly idle_ms: number;
}

const usual: Patience = { load_ms: 10_000, idle_ms: 60_000 };

/**
 * pct with its modules kept loaded: started with the first call, ended when idle. Where that can't be (another pct, no modules, a hang while
 * loading), every call goes to `plain` from then on, and one log line says why. A call that the server goes away under is made anew by `plain` only if it had
 * not begun; one that had is waited for, and fails as transient. `close` ends it; what is under way goes on.
 */
export function warmPct(
  settings: Pick<ProxmoxSettings, "pct" | "perl_lib">,
  plain: Pct,
  log: Log,
  patience: Patience = usual,
): { readonly pct: Pct; readonly close: () => void } {
  let server: Server | null = null;
  let cold = false;
  let busy = 0;
  let idle: NodeJS.Timeout | undefined;

  const giveUp = (why: string): null => {
    if (!cold) log.warn({ pct: settings.pct }, `no warm pct, every call loads its modules anew: ${why}`);
    cold = true;
    server?.kill();
    server = null;
    return null;
  };

  async function warmed(): Promise<Server | null> {
    if (cold) return null;
    if (server === null && !(await isPerlPct(settings.pct))) return giveUp(`${settings.pct} is not the pct that loads PVE::CLI::pct`);
    const mine = (server ??= begun());
    const late = new Promise<never>((_, reject) =>
      setTimeout(() => reject(new Error(`no answer in ${patience.load_ms} ms`)), patience.load_ms).unref(),
    );
    return Promise.race([mine.ready, late]).then(
      () => mine,
      (thrown: unknown) => giveUp(thrown instanceof Error ? thrown.message : String(thrown)),
    );
  }

  function begun(): Server {
    const mine = startServer(settings.perl_lib);
    void mine.ended.then(() => (server === mine ? (server = null) : null));
    return mine;
  }

  function rest(): void {
    clearTimeout(idle);
    if (busy > 0) return;
    idle = setTimeout(() => {
      server?.close();
      server = null;
    }, patience.idle_ms).unref();
  }

  const pct: Pct = async (args, env, signal) => {
    checkAbort(signal);
    busy += 1;
    clearTimeout(idle);
    try {
      const mine = await warmed();
      const ran = mine === null ? null : await request(mine, args, env["PHOENIX_PCT"] ?? "", signal, patience);
      return ran ?? (await plain(args, env, signal));
    } finally {
      busy -= 1;
      rest();
    }
  };
  return { pct, close: () => server?.close() };
}

/** Does one call; null when the server went away before it had begun. */
async function request(
  server: Server,
  args: readonly string[],
  mark: string,
  signal: AbortSignal,
  { load_ms }: Patience,
): Promise<Ran | null> {
  const folder = await mkdtemp(join(tmpdir(), "phoenix-pct-"));
  const [out, err] = [join(folder, "out"), join(folder, "err")];
  const outcome = Promise.withResolvers<number | "unbegun" | "lost">();
  let pid: number | null = null;
  const kill = () => void (pid !== null && killCommand(pid).then(() => outcome.resolve("lost")));
  signal.addEventListener("abort", kill, { once: true });
  const hung = setTimeout(() => pid === null && server.kill(), load_ms).unref();
  try {
    server.send([out, err, mark, ...args], {
      started: (waiter) => {
        pid = waiter;
        if (signal.aborted) kill();
      },
      done: outcome.resolve,
      lost: () => outcome.resolve(pid === null ? "unbegun" : "lost"),
    });
    const code = await outcome.promise;
    if (signal.aborted) throw abortFault(signal);
    if (code === "unbegun") return null;
    if (code === "lost") {
      if (mark !== "") await orphansEnded([], `PHOENIX_PCT=${mark}`);
      throw new Fault("BACKEND_FAILED", `pct ${args[0] ?? ""}: the warm pct ended while it was at work`, "it is tried again", "transient");
    }
    return { code, stdout: (await readIfThere(out)) ?? "", stderr: (await readIfThere(err)) ?? "" };
  } finally {
    clearTimeout(hung);
    signal.removeEventListener("abort", kill);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether a program is Proxmox's own nine lines; a wrapper of somebody's is not gone around. */
async function isPerlPct(file: string): Promise<boolean> {
  const text = await readFile(file, "latin1").catch(() => "");
  return /^#!.*perl/.test(text) && /^\s*use\s+PVE::CLI::pct\b/m.test(text);
}
