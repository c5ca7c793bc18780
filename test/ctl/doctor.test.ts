import { fakeAgent, type FakeAgent } from "./support/fake-agent.ts";
import { phoenixctl } from "./support/in-process.ts";

let agent: FakeAgent | null = null;

afterEach(async () => {
  await agent?.close();
  agent = null;
});

const fine = { level: "FINDING_LEVEL_OK", subject: "clock", message: "it has not gone back", remedy: "" };
const odd = { level: "FINDING_LEVEL_WARN", subject: "locks", message: "953 is locked (backup)", remedy: "wait for the task" };
const bad = {
  level: "FINDING_LEVEL_ERROR",
  subject: "storage",
  message: "950 can't be snapshotted: a folder on a file system that has no snapshots",
  remedy: "move it",
};

async function doctor(findings: readonly object[], ...more: string[]) {
  agent = await fakeAgent({ Examine: { findings } });
  return phoenixctl(["doctor", ...more], { socket: agent.socket });
}

test("each finding with what to do about it; 1 when something does not work", async () => {
  const { code, stdout } = await doctor([bad, odd, fine]);
  expect(stdout).toMatchInlineSnapshot(`
   "pve1: 1 error, 1 warning
     error  storage        950 can't be snapshotted: a folder on a file system that has no snapshots
                           → move it
     warn   locks          953 is locked (backup)
                           → wait for the task
     ok     clock          it has not gone back
   "
  `);
  expect(code).toBe(1);
});

test.each([
  [[odd, fine], 0, "pve1: 1 warning"],
  [[fine], 0, "pve1: all is well"],
])("what is only worth a look is no failure: %#", async (findings, expected, head) => {
  const { code, stdout } = await doctor(findings);
  expect([code, stdout.split("\n")[0]]).toEqual([expected, head]);
});

test("programs get records, and the same exit code", async () => {
  const { code, stdout } = await doctor([bad], "-o", "json");
  expect(JSON.parse(stdout)).toMatchObject({ findings: [{ level: "error", subject: "storage", remedy: "move it" }], failed: [] });
  expect(code).toBe(1);
});
