// The stand-in for pct against what the real one was recorded to answer (test/support/pct/README.md).
import { expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describeContainers } from "../support/describe-containers.ts";
import { groups } from "../support/pct/replay/groups.ts";
import { fromWorld, normalise } from "../support/pct/replay/normalise.ts";
import { records } from "../support/pct/replay/records.ts";
import { replayGroup, type Replayed } from "../support/pct/replay/replay.ts";
import { addTemplates } from "../support/pct/replay/templates.ts";
import { makePct, type CallHow, type PctResult, type TestPct } from "../support/pct/world.ts";

/** It may only grow: a record that is no longer replayed proves nothing any more. */
const REPLAYED_AT_LEAST = 553;
const done: Replayed[] = [];

async function withPct(work: (pct: TestPct) => Promise<void>): Promise<void> {
  const pct = makePct({ node: "vm", bridges: [] });
  try {
    await work(pct);
  } finally {
    pct.dispose();
  }
}

/** The answer of a record, as replayOne gives it. */
function recorded(index: number): PctResult {
  const { exit_code, stdout = "", stderr = "" } = records[index] ?? {};
  return { exit_code: exit_code ?? -1, stdout: normalise(stdout), stderr: normalise(stderr) };
}

async function call(pct: TestPct, argv: readonly string[], how: CallHow = {}): Promise<PctResult> {
  const { exit_code, stdout, stderr } = await pct.call(argv, how);
  return { exit_code, stdout: fromWorld(stdout, pct), stderr: fromWorld(stderr, pct) };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A call and its process, once something has become true. */
async function callUntil(pct: TestPct, argv: readonly string[], holds: () => boolean): Promise<{ pid: number; ended: Promise<PctResult> }> {
  let pid = 0;
  const ended = call(pct, argv, { onStart: (started) => (pid = started) });
  await until(holds);
  return { pid, ended };
}

async function startedStubborn(pct: TestPct): Promise<void> {
  pct.seed(100, records[135]?.stdout ?? "");
  await call(pct, ["pct", "start", "100"]);
  await call(pct, ["pct", "exec", "100", "--", "touch", "/stubborn"]);
}

/** Records 509 to 511, and 460 and 461. */
async function outlive(pct: TestPct): Promise<void> {
  await startedStubborn(pct);
  const shutdown = ["pct", "shutdown", "100", "--timeout", "60"];
  const underWay = () => existsSync(join(pct.world.lxc_path, "100/shutdown-task"));
  const killed = await callUntil(pct, shutdown, underWay);
  process.kill(killed.pid, "SIGKILL");
  await killed.ended;
  pct.configure({ lock_timeout_s: 1 });
  expect(await call(pct, ["pct", "snapshot", "100", "duringkill"])).toEqual(recorded(510));
  pct.configure({});
  await call(pct, ["pct", "stop", "100", "--overrule-shutdown", "1"]);
  await call(pct, ["pct", "start", "100"]);
  const overruled = await callUntil(pct, shutdown, underWay);
  // It ignores this one: record 517.
  process.kill(overruled.pid, "SIGTERM");
  const stop = await call(pct, ["pct", "stop", "100", "--overrule-shutdown", "1"]);
  expect(stop).toMatchObject({ exit_code: 0, stderr: "", stdout: expect.stringMatching(/^overruled vzshutdown tasks: UPID:vm:/) });
  expect(await overruled.ended).toEqual(recorded(460));
  expect(await call(pct, ["pct", "status", "100"])).toEqual(recorded(462));
}

/** Records 568 to 573, and 545. */
async function leaveBehind(pct: TestPct): Promise<void> {
  await startedStubborn(pct);
  const sleeps = () => spawnSync("pgrep", ["-f", "^sleep 333$"]).status === 0;
  for (const signal of ["SIGKILL", "SIGTERM", "SIGINT"] as const) {
    const exec = await callUntil(pct, ["pct", "exec", "100", "--", "sleep", "333"], sleeps);
    process.kill(exec.pid, signal);
    const { exit_code, stdout } = recorded(569); // busybox's sh says on stderr which processes were gone when it looked
    expect(await call(pct, records[569]?.argv ?? [])).toMatchObject({ exit_code, stdout });
    await exec.ended;
  }
  const exec = await callUntil(pct, ["pct", "exec", "100", "--", "sleep", "333"], sleeps);
  expect(await call(pct, ["pct", "rollback", "100", "final-form"])).toEqual(recorded(544));
  expect(await exec.ended).toEqual(recorded(545));
}

/** Without a server a call starts one of its own, which lives as long as the call and its task. */
async function byHand(pct: TestPct): Promise<void> {
  const file = join(import.meta.dirname, "../support/pct/pct");
  const env = { ...process.env, ...pct.env };
  const own = (...argv: readonly string[]) => call(pct, [file, ...argv], { env });
  await startedStubborn(pct);
  expect(await own("config", "100")).toEqual(await call(pct, ["pct", "config", "100"]));
  const said = await own("exec", "100", "--", "sh", "-c", "echo world: $PHOENIX_PCT_WORLD; exit 3");
  expect(said).toEqual({ exit_code: 3, stdout: "world:\n", stderr: "" });

  const marker = join(pct.world.lxc_path, "100/shutdown-task");
  let pid = 0;
  const killed = call(pct, [file, "shutdown", "100", "--timeout", "60"], { env, onStart: (started) => (pid = started) });
  await until(() => existsSync(marker));
  process.kill(pid, "SIGKILL");
  await killed;
  const { worker, runner } = JSON.parse(readFileSync(marker, "utf8")) as { worker: number; runner: number };
  pct.configure({ lock_timeout_s: 1 });
  expect(await own("snapshot", "100", "duringkill")).toEqual(recorded(510));
  pct.configure({});
  expect((await own("stop", "100", "--overrule-shutdown", "1")).exit_code).toBe(0);
  await until(() => ![worker, runner].some((each) => existsSync(`/proc/${each}`)));
}

describeContainers("the stand-in for pct answers as the recordings", () => {
  for (const group of groups) {
    test.concurrent(
      group.name,
      () =>
        withPct(async (pct) => {
          addTemplates(pct);
          const result = await replayGroup(pct, group, records);
          done.push(result);
          expect(result.differences).toEqual([]);
        }),
      600_000,
    );
  }

  // What the recorder did with signals, in the words of his records, with an init that does not stop when asked.
  test.concurrent("a worker outlives its pct and keeps the lock, and a stop can overrule a shutdown", () => withPct(outlive), 60_000);
  test.concurrent("what pct exec ran outlives it too", () => withPct(leaveBehind), 60_000);

  test.concurrent("by hand, without a server, all of that is so too", () => withPct(byHand), 60_000);

  test("as many records as before are replayed", () => {
    const replayed = done.reduce((sum, each) => sum + each.replayed, 0);
    const left = new Map<string, number>();
    for (const [why, count] of done.flatMap((each) => Object.entries(each.left_out))) left.set(why, (left.get(why) ?? 0) + count);
    const lines = [...left].sort(([, a], [, b]) => b - a).map(([why, count]) => `  ${String(count).padStart(4)} left out: ${why}`);
    const all = replayed + [...left.values()].reduce((sum, count) => sum + count, 0);
    process.stdout.write(`${[`${replayed} of ${records.length} recorded calls replayed`, ...lines].join("\n")}\n`);
    expect(all).toBe(records.length);
    expect(replayed).toBeGreaterThanOrEqual(REPLAYED_AT_LEAST);
  });
});
