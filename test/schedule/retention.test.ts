import { virtualClock } from "../../src/agent/driver/sim/virtual-clock.ts";
import { keepDays } from "../../src/agent/schedule/retention.ts";

const day = 24 * 60 * 60 * 1000;

afterEach(() => jest.useRealTimers());

/** The hours, on the clock on the wall, at which what is older than 30 days was deleted, within so many days. */
async function sweeps(days: number, prune: (before: number) => Promise<{ readonly runs: number }> = async () => ({ runs: 1 })) {
  jest.useFakeTimers({ now: new Date(2026, 5, 1, 12, 0, 0) });
  const at: string[] = [];
  const said: string[] = [];
  const say = (level: string) => (_fields: object, message: string) => void said.push(`${level} ${message}`);
  const clock = { ...virtualClock(), now: () => Date.now() };
  const kept = keepDays(
    30,
    (before) => {
      const age = (Date.now() - before) / day;
      at.push(`${new Date().toTimeString().slice(0, 5)}, ${age} days`);
      return prune(before);
    },
    clock,
    { trace: () => {}, debug: () => {}, info: say("info"), warn: say("warn"), error: say("error") },
  );
  await jest.advanceTimersByTimeAsync(days * day);
  kept.stop();
  await jest.advanceTimersByTimeAsync(2 * day);
  return { at, said };
}

test("old runs go when the agent starts and every night, until it ends", async () => {
  expect(await sweeps(3)).toEqual({
    at: ["12:00, 30 days", ...Array.from({ length: 3 }, () => "03:17, 30 days")],
    said: Array.from({ length: 4 }, () => "info runs older than 30 days were deleted"),
  });
});

test("a night in which that fails is told, and the next one is another chance", async () => {
  const { at, said } = await sweeps(2, async () => {
    throw new Error("no space left");
  });
  expect(at).toHaveLength(3);
  expect(said).toEqual(Array.from({ length: 3 }, () => "error old runs could not be deleted: no space left"));
});
