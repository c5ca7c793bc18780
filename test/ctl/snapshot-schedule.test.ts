import { toTimestamp } from "../../proto/time.ts";
import { withAgent } from "./support/fake-agent.ts";
import { phoenixctl } from "./support/in-process.ts";
import { noon } from "./support/samples.ts";

const night = {
  name: "night",
  cron: "0 3 * * *",
  time_zone: "Europe/Berlin",
  catch_up_s: 43_200,
  ctids: [950, 951],
  pattern: "auto-%Y%m%d",
  keep_count: 7,
  keep_age_s: 1_209_600,
  fired_at: toTimestamp(noon - 3_600_000),
  missed_at: null,
  next_at: toTimestamp(noon + 3_600_000),
};
const { keep_count: _, ...aged } = night;
const missed = { ...aged, name: "all", ctids: [], fired_at: null, missed_at: toTimestamp(noon - 7_200_000), next_at: null };

test("schedules are listed", async () => {
  const { socket } = await withAgent({ ListSnapshotSchedules: { schedules: [night, missed] } });
  const { code, stdout } = await phoenixctl(["snapshot", "schedule", "list"], { socket });
  const rows = stdout.split("\n").map((row) => row.trimEnd().replaceAll(/ {2,}/g, "  "));
  expect(rows).toEqual([
    "HOST  NAME  WHEN  CTIDS  PATTERN  KEEPS  LAST  NEXT  NOTE",
    "pve1  night  0 3 * * *  950, 951  auto-%Y%m%d  7, 14 d  13:01  15:01  Europe/Berlin",
    "pve1  all  0 3 * * *  all  auto-%Y%m%d  14 d  -  never  Europe/Berlin, missed 12:01",
    "",
  ]);
  expect(code).toBe(0);
  const { stdout: json } = await phoenixctl(["snapshot", "schedule", "list", "-o", "json"], { socket });
  expect(JSON.parse(json)).toMatchObject({
    schedules: [
      { name: "night", containers: [950, 951], keep_count: 7, keep_age_s: 1_209_600, missed: null },
      { name: "all", containers: "all", keep_count: null, fired: null, next: null },
    ],
  });
});

test("where there are none, it says where they are written", async () => {
  const { socket } = await withAgent({ ListSnapshotSchedules: { schedules: [] } });
  expect((await phoenixctl(["snapshot", "schedule", "list"], { socket })).stdout).toBe(
    "no snapshot schedules on pve1; they are in the agent's settings, snapshots.schedules\n",
  );
});

test("one is run by hand", async () => {
  const { socket, calls } = await withAgent({ RunSnapshotSchedule: { runs: [], refused: [] } });
  const { code, stdout } = await phoenixctl(["snapshot", "schedule", "run", "night"], { socket });
  expect(stdout).toContain("nothing to snapshot on pve1");
  expect(code).toBe(0);
  expect(calls.at(-1)).toMatchObject({ method: "RunSnapshotSchedule", request: { name: "night" } });
});
