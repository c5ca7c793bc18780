import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withLock } from "../../../src/agent/driver/proxmox/flock.ts";

const folder = mkdtempSync(join(tmpdir(), "phoenix-flock-"));
const file = join(folder, "lock/pve-config-950.lock");
const never = new AbortController().signal;
const others: ChildProcess[] = [];

afterEach(() => {
  for (const other of others.splice(0)) other.kill("SIGKILL");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isFree = () => spawnSync("flock", ["-n", file, "true"]).status === 0;
const opened = () =>
  readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === file;
    } catch {
      return false; // the folder's own descriptor, closed by now
    }
  });

/** Somebody else who has the lock. */
async function holder(): Promise<ChildProcess> {
  const other = spawn("flock", [file, "-c", "echo held; exec cat"], { stdio: ["pipe", "pipe", "inherit"] });
  others.push(other);
  await once(other.stdout, "data");
  return other;
}

test("the file is locked for others during the work, and not after it", async () => {
  const during = await withLock(file, never, () => Promise.resolve(isFree()));
  expect({ during, after: isFree(), opened: opened() }).toEqual({ during: false, after: true, opened: [] });
});

test("work that fails leaves no lock", async () => {
  await expect(withLock(file, never, () => Promise.reject(new Error("no room")))).rejects.toThrow("no room");
  expect({ free: isFree(), opened: opened() }).toEqual({ free: true, opened: [] });
});

test("works done at once come one after the other", async () => {
  let inside = 0;
  const most = await Promise.all(
    [1, 2, 3, 4].map(() =>
      withLock(file, never, async () => {
        inside += 1;
        await new Promise(setImmediate);
        const seen = inside;
        inside -= 1;
        return seen;
      }),
    ),
  );
  expect(most).toEqual([1, 1, 1, 1]);
});

test("begins when somebody else has ended", async () => {
  const other = await holder();
  const told: string[] = [];
  const done = withLock(file, never, () => Promise.resolve(void told.push("work")));
  told.push("other ends");
  other.stdin?.end();
  await done;
  expect(told).toEqual(["other ends", "work"]);
});

test("aborted while it waits, it does nothing, and leaves the lock to who has it", async () => {
  await holder();
  const controller = new AbortController();
  const work = jest.fn();
  const waiting = withLock(file, controller.signal, () => Promise.resolve(work()));
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ failure: { reason: "CANCELLED" } });
  expect(work).not.toHaveBeenCalled();
  expect({ free: isFree(), opened: opened() }).toEqual({ free: false, opened: [] });
});

test("gives up where pct would, and says that it may work later", async () => {
  await holder();
  const failure = { reason: "CONFIG_LOCK_TIMEOUT", transient: true, message: `${file} was held by somebody else for 10 s` };
  await expect(withLock(file, never, () => Promise.resolve())).rejects.toMatchObject({ failure });
  expect(opened()).toEqual([]);
});
