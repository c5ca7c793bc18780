// The disk under the built agent's database fills up in the middle of a run: nothing more is done until there is room, and then the
// run goes on to its end, in the same life of the agent or, when it is killed meanwhile, in the next.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { logOf, startAgent, type Agent } from "./support/agent.ts";
import { begin, ended, withAgent, type Request } from "./support/client.ts";
import { copyFolder, removeFolder } from "./support/home.ts";
import { settledHost } from "./support/kinds.ts";
import { leftBehind } from "./support/state.ts";
import { survive } from "./support/survive.ts";

const request: Request = { name: "letsgo", kind: "RUN_KIND_LETSGO", ctid: 904 };
const mounted = new Set<string>();
const unmountAll = () => mounted.forEach((folder) => unmount(folder));
process.once("exit", unmountAll);
afterAll(unmountAll);

const why = process.getuid?.() === 0 ? null : "only root can mount a small file system";

let settled = "";
let expected = "";
(why === null ? describe : describe.skip)(`a full disk${why === null ? "" : ` (skipped: ${why})`}`, () => {
  beforeAll(async () => {
    settled = await settledHost(20);
    const undisturbed = copyFolder(settled);
    const [run] = await survive(undisturbed, [request]);
    expected = run === undefined ? "" : leftBehind(undisturbed, run);
  });

  test.each(["is let live", "is killed, and started again when there is room"])("the agent %s", async (fate) => {
    const { folder, agent: first, id } = await stuck();
    let agent = first;
    if (fate !== "is let live") await agent.kill();
    rmSync(join(folder, "state/filling"));
    if (fate !== "is let live") agent = startAgent(folder);
    await agent.up;
    const run = await withAgent(folder, (host) => ended(host, id));
    await agent.kill("SIGTERM");
    expect(run.state).toBe("RUN_STATE_SUCCEEDED");
    expect(leftBehind(folder, run)).toBe(expected);
    dispose(folder);
  });
});

/** A run that can't go on, since the disk under the database has become full in the middle of it. */
async function stuck(): Promise<{ readonly folder: string; readonly agent: Agent; readonly id: string }> {
  const folder = onSmallDisk(settled);
  const agent = startAgent(folder);
  await agent.up;
  const id = await withAgent(folder, async (host) => (await begin(host, request)).id);
  fill(folder);
  let isOver = false;
  const over = () => void (isOver = true);
  // It fails when the agent is killed, later on.
  void withAgent(folder, (host) => ended(host, id)).then(over, over);
  while (!isOver) {
    if (logOf(folder).includes("nothing goes on until it can")) return { folder, agent, id };
    if (agent.isGone()) throw new Error(`the agent has ended: ${logOf(folder)}`);
    await new Promise((done) => setTimeout(done, 5));
  }
  // SQLite still had room in its own files, or this process was too slow.
  await agent.kill("SIGTERM");
  dispose(folder);
  return stuck();
}

function dispose(folder: string): void {
  unmount(join(folder, "state"));
  removeFolder(folder);
}

/** A copy of a host whose database lies on a file system of its own. */
function onSmallDisk(settled: string): string {
  const folder = copyFolder(settled);
  const [state, before] = [join(folder, "state"), join(folder, "before")];
  execFileSync("mv", [state, before]);
  mkdirSync(state);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=6m,mode=0700", "phoenix-test", state]);
  mounted.add(state);
  execFileSync("cp", ["-a", `${before}/.`, state]);
  return folder;
}

/** Takes all the room that is left. */
function fill(folder: string): void {
  const { bavail, bsize } = statfsSync(join(folder, "state"));
  const file = join(folder, "state/filling");
  for (let size = bavail * bsize; size > 0; size -= bsize) {
    try {
      return writeFileSync(file, Buffer.alloc(size, 1));
    } catch {
      // the database has grown meanwhile
    }
  }
}

function unmount(folder: string): void {
  if (!mounted.delete(folder)) return;
  execFileSync("umount", ["-l", folder]);
}
