import { Fault } from "../../domain/errors.ts";
import { descendants, signalEach, withEnvironment } from "../proc.ts";
import { readIfThere } from "../lxc/files.ts";

const execKey = "PHOENIX_EXEC";
const patienceMs = 5_000;
const keeperMs = 500;

/**
 * What tells the processes of one command from all others, inside a container as well as on the host: an entry of
 * their environment, which children inherit, also those in the background, and which /proc shows on the host for all of them.
 */
export function markOf(id: string): { readonly entry: string; readonly env: Readonly<Record<string, string>> } {
  return { entry: `${execKey}=${id}`, env: { [execKey]: id } };
}

/**
 * Kills all processes that have the entry, and what descends from them, until there are none. lxc-attach goes by itself
 * when what it waits for has ended, and is killed only if it does not (process.ts: keeper). Fault TIMEOUT when some do not go (frozen ones).
 */
export async function endMarked(entry: string): Promise<void> {
  const begun = performance.now();
  for (;;) {
    const marked = await withEnvironment(entry);
    if (marked.length === 0) return;
    const since = performance.now() - begun;
    if (since > patienceMs) throw new Fault("TIMEOUT", `processes do not end: ${marked.join(", ")}`, "See what they wait for: ps, dmesg.");
    const keepers = since < keeperMs ? await namedSo(marked, "lxc-attach") : [];
    const others = [...marked, ...(await descendants(marked))].filter((pid) => !keepers.includes(pid));
    signalEach(others, "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function namedSo(pids: readonly number[], name: string): Promise<readonly number[]> {
  const named = await Promise.all(
    pids.map(async (pid) => ((await readIfThere(`/proc/${pid}/comm`).catch(() => null)) === `${name}\n` ? [pid] : [])),
  );
  return named.flat();
}
