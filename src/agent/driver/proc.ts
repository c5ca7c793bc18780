import { readdir, readFile } from "node:fs/promises";

/** The processes that descend from these, as the host's /proc has them now; a container's processes are there too. */
export async function descendants(roots: readonly number[]): Promise<readonly number[]> {
  const parents = await Promise.all((await allPids()).map(async (pid) => [pid, await parentOf(pid)] as const));
  const children = Map.groupBy(parents, ([, parent]) => parent);
  const found = new Set<number>();
  const queue = [...roots];
  for (const parent of queue) {
    for (const [pid] of children.get(parent) ?? []) {
      if (found.has(pid)) continue;
      found.add(pid);
      queue.push(pid);
    }
  }
  return [...found];
}

/** The processes whose environment has exactly this entry, for example "PHOENIX_EXEC=7f…". Never ourselves. */
export async function withEnvironment(entry: string): Promise<readonly number[]> {
  const wanted = Buffer.from(`\0${entry}\0`);
  const marked = await Promise.all(
    (await allPids()).map(async (pid) => {
      const environ = await readFile(`/proc/${pid}/environ`).catch(() => Buffer.alloc(0));
      return Buffer.concat([Buffer.from("\0"), environ, Buffer.from("\0")]).includes(wanted) ? [pid] : [];
    }),
  );
  return marked.flat().filter((pid) => pid !== process.pid);
}

/** Sends a signal to each; those that have gone are passed over. */
export function signalEach(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // gone
    }
  }
}

async function allPids(): Promise<readonly number[]> {
  return (await readdir("/proc")).map(Number).filter((pid) => Number.isInteger(pid) && pid > 0);
}

async function parentOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  // "pid (name) state ppid …"; the name may have anything in it, parentheses too.
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? 0);
}
