import type { BootPlan__Output } from "../../proto/types.ts";
import { toBootPlan } from "../../src/agent/api/convert-boot.ts";
import { createBoots } from "../../src/agent/run/boot.ts";
import { worldOf, type Given, type Guest } from "../plan/boot/support.ts";
import { fakeAgent, type FakeAgent, type Script } from "./support/fake-agent.ts";
import { phoenixctl } from "./support/in-process.ts";

let agent: FakeAgent | null = null;

async function withAgent(script: Script): Promise<FakeAgent> {
  agent = await fakeAgent(script);
  return agent;
}

afterEach(async () => {
  await agent?.close();
  agent = null;
});

async function planned(guests: readonly Guest[], given: Given = {}): Promise<{ plan: BootPlan__Output }> {
  const world = () => Promise.resolve(worldOf(guests, given));
  return { plan: toBootPlan(await createBoots({ world, journal: { runs: () => [] }, max_parallel: 4 }).plan(null)) };
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
