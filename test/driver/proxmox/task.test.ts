import { afterAll, afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { abortFault } from "../../../src/agent/driver/process.ts";
import type { Host } from "../../../src/agent/driver/proxmox/host.ts";
import type { Pct } from "../../../src/agent/driver/proxmox/pct.ts";
import { perform, type Asked } from "../../../src/agent/driver/proxmox/task.ts";
import { runA } from "../contract/bench.ts";
import { hostSettings, quietLog } from "./world.ts";

const folder = mkdtempSync(join(tmpdir(), "phoenix-task-"));
beforeEach(() => void jest.useFakeTimers({ doNotFake: ["nextTick", "setImmediate", "queueMicrotask", "performance", "Date"] }));
afterEach(() => void jest.useRealTimers());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function hostWith(pct: Pct): Host {
  const places = { config_dir: folder, lock_dir: join(folder, "locks"), lxc_path: folder, storage_cfg: join(folder, "storage.cfg") };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "950.conf"), "memory: 1\n");
  return { settings: hostSettings({ pct: "/nowhere/pct", world: places }), state_dir: folder, lxc: { path: folder }, pct, log: quietLog };
}

// A rollback on LVM-thin has a moment without the volume.
test.each([
  { task: "snapshot", patience_s: 15 },
  { task: "rollback", patience_s: 300 },
  { task: "stop", patience_s: 15 },
] as const)("pct $task, aborted, may go on for $patience_s s", async ({ task, patience_s }) => {
  const begun = Promise.withResolvers<AbortSignal>();
  const host = hostWith((_args, _env, signal) => {
    begun.resolve(signal);
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(abortFault(signal))));
  });
  const controller = new AbortController();
  const asked: Asked = { task, args: [task, "950"] };
  const thrown = perform(host, 950, { run: runA, signal: controller.signal }, asked).catch((error: unknown) => error);
  const signal = await begun.promise;
  controller.abort();
  jest.advanceTimersByTime(patience_s * 1000 - 1);
  expect(signal.aborted).toBe(false);
  jest.advanceTimersByTime(2);
  expect(signal.aborted).toBe(true);
  jest.useRealTimers();
  expect(await thrown).toMatchObject({ failure: { reason: "CANCELLED" } });
});

test("a pct that a signal has ended may be tried again", async () => {
  const host = hostWith(() => Promise.resolve({ code: 137, stdout: "", stderr: "" }));
  jest.useRealTimers();
  const done = perform(
    host,
    950,
    { run: runA, signal: new AbortController().signal },
    { task: "snapshot", args: ["snapshot", "950", "base"] },
  );
  await expect(done).rejects.toMatchObject({
    failure: { reason: "BACKEND_FAILED", message: "pct snapshot 950 base: it was ended by signal 9", transient: true },
  });
});
