import { toTimestamp } from "../../proto/time.ts";
import type { BootPlan__Output, Run__Output } from "../../proto/types.ts";
import { toBootPlan } from "../../src/agent/api/convert-boot.ts";
import { forecastOf, worldOf, type Given, type Guest } from "../plan/boot/support.ts";
import { streams, withAgent } from "./support/fake-agent.ts";
import { expectGolden } from "./support/golden.ts";
import { phoenixctl } from "./support/in-process.ts";
import { event, noon, plan, run } from "./support/samples.ts";

async function planned(guests: readonly Guest[], given: Given = {}): Promise<{ plan: BootPlan__Output }> {
  return { plan: toBootPlan(await forecastOf(worldOf(guests, given))) };
}

const fine: readonly Guest[] = [
  { ctid: 953, order: 1 },
  { ctid: 955, order: 2, needs: [953] },
];
const contradicting: readonly Guest[] = [
  { ctid: 953, order: 3 },
  { ctid: 955, order: 2, needs: [953] },
];
const missing: readonly Guest[] = [...fine, { ctid: 956, needs: [999] }];

describe("boot plan", () => {
  test("shows the picture; exit code 0, also when an order gives way", async () => {
    const { socket } = await withAgent({ PlanBoot: await planned(contradicting) });
    const { code, stdout, stderr } = await phoenixctl(["boot", "plan"], { socket });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(" 953  ██");
    expect(stdout).toContain("error  955  it has order 2 and needs 953, which has order 3; so 953 comes first");
  });

  test("exit code 6 when something can't be started; quiet: only that", async () => {
    const { socket } = await withAgent({ PlanBoot: await planned(missing) });
    expect(await phoenixctl(["boot", "plan"], { socket })).toMatchObject({ code: 6 });
    expect(await phoenixctl(["boot", "plan", "-q"], { socket })).toMatchObject({
      code: 6,
      stdout: "956: it needs 999, which is neither in the manifest nor on this host\n",
    });
  });

  test("for programs", async () => {
    const { socket } = await withAgent({ PlanBoot: await planned(missing) });
    const json = JSON.parse((await phoenixctl(["boot", "plan", "-o", "json"], { socket })).stdout) as object;
    expect(json).toMatchObject({
      host: "pve1",
      makespan_s: 20,
      members: [
        { ctid: 953, boot_order: 1, needed_by: null, wave: 1, held_by: null, held_reason: null, lost: null },
        { ctid: 955, start_s: 10, held_by: 953, held_reason: "dependency" },
        { ctid: 956, boot_order: null, wave: null, start_s: null, lost: expect.stringContaining("999") as string },
      ],
      problems: [{ error: true, reason: "MISSING", ctid: 956 }],
    });
    const lines = (await phoenixctl(["boot", "plan", "-o", "ndjson"], { socket })).stdout.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([{ host: "pve1", ctid: 953 }, { ctid: 955 }, { ctid: 956 }]);
  });
});

describe("boot run and status", () => {
  const member = (ctid: number, state: Run__Output["state"], more: Partial<Run__Output> = {}) =>
    run({ ctid, name: `c${ctid}`, kind: "RUN_KIND_START", id: `01K4A3BCDEFGHJKMNPQRST0${ctid}`, state, ...more });
  const up = member(953, "RUN_STATE_SUCCEEDED", { started_at: toTimestamp(noon), finished_at: toTimestamp(noon + 15_000) });
  const failure = { reason: "UNHEALTHY", message: "curl ended with exit code 7 3 times", remedy: "", step: "health" };
  const failed = member(955, "RUN_STATE_FAILED", {
    started_at: toTimestamp(noon + 15_000),
    finished_at: toTimestamp(noon + 60_000),
    failure,
  });
  const skipped = member(956, "RUN_STATE_SKIPPED", { finished_at: toTimestamp(noon + 60_000), outcome: "It never began: it needs 955." });

  test("runs are followed to their end, and what can't be started is refused", async () => {
    const blockers = [{ reason: "DEPENDENCY", ctid: 957, message: "it needs 999", remedy: "phoenix-agent check" }];
    const refused = [{ ...plan({ kind: "RUN_KIND_START", ctid: 957 }), blockers }];
    const { socket, calls } = await withAgent({
      StartBoot: { runs: [up], refused },
      WatchRun: streams([event(15, "finished", { run: up }, up.id)]),
    });
    const { code, stderr } = await phoenixctl(["boot", "run", "--only", "953"], { socket });
    expect(code).toBe(3);
    expect(stderr).toContain("it needs 999");
    expect(calls.find(({ method }) => method === "StartBoot")?.request).toMatchObject({ ctids: [953] });
    expect(await phoenixctl(["boot", "run", "--detach"], { socket })).toMatchObject({
      stdout: expect.stringContaining("phoenixctl run watch") as string,
    });
    expect(calls.findLast(({ method }) => method === "StartBoot")?.request).toMatchObject({ ctids: [] });
  });

  test("the status says who is up, who is not, and why", async () => {
    const { socket } = await withAgent({
      GetBoot: { runs: [up, failed, skipped, member(958, "RUN_STATE_QUEUED"), member(959, "RUN_STATE_RUNNING")] },
    });
    const { code, stdout } = await phoenixctl(["boot", "status"], { socket });
    expect(code).toBe(3);
    expectGolden("boot-status", stdout);
    const json = JSON.parse((await phoenixctl(["boot", "status", "-o", "json"], { socket })).stdout) as object;
    expect(json).toMatchObject({ runs: [{ ctid: 953, state: "succeeded" }, { ctid: 955 }, { ctid: 956 }, { ctid: 958 }, { ctid: 959 }] });
    expect((await phoenixctl(["boot", "status", "-o", "ndjson"], { socket })).stdout.trim().split("\n")).toHaveLength(5);
  });

  test("without a boot there is none", async () => {
    const { socket } = await withAgent({ GetBoot: { runs: [] } });
    expect(await phoenixctl(["boot", "status"], { socket })).toMatchObject({ code: 0, stdout: "there was no boot by Phoenix on pve1\n" });
  });
});

describe("boot explain", () => {
  test("says why", async () => {
    const { socket } = await withAgent({ PlanBoot: await planned(fine) });
    expect(await phoenixctl(["boot", "explain", "955"], { socket })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("955 has its turn: it depends on 953") as string,
    });
    const json = JSON.parse((await phoenixctl(["boot", "explain", "955", "-o", "json"], { socket })).stdout) as object;
    expect(json).toMatchObject({ host: "pve1", ctid: 955, turn_s: 10 });
    expect(await phoenixctl(["boot", "explain", "955", "-o", "ndjson"], { socket })).toMatchObject({
      stdout: expect.stringMatching(/^\{.*"ctid":955.*\}\n$/) as string,
    });
  });

  test("of one that is not started, exit code 6; of one that does not start at boot, 1", async () => {
    const { socket } = await withAgent({ PlanBoot: await planned(missing, { broken: { 960: "cores: expected a number" } }) });
    expect(await phoenixctl(["boot", "explain", "956"], { socket })).toMatchObject({
      code: 6,
      stdout: expect.stringContaining("956 c956 is not started: it needs 999") as string,
    });
    expect(await phoenixctl(["boot", "explain", "959"], { socket })).toMatchObject({
      code: 1,
      stderr: "959 does not start at boot, and nothing that does needs it.\n",
    });
    expect(await phoenixctl(["boot", "explain", "960"], { socket })).toMatchObject({
      code: 1,
      stderr: "960: it has an error in the manifest, and is not started: cores: expected a number.\n",
    });
  });
});
