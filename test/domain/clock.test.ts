import { realClock } from "../../src/agent/domain/clock.ts";

const day = 24 * 60 * 60 * 1000;

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

test("sleeps longer than the longest timer of Node.js", async () => {
  const over = jest.fn();
  const slept = realClock.sleep(60 * day, new AbortController().signal).then(over);
  await jest.advanceTimersByTimeAsync(60 * day - 1);
  expect(over).not.toHaveBeenCalled();
  await jest.advanceTimersByTimeAsync(1);
  expect(over).toHaveBeenCalled();
  await slept;
});

test("wakes with the reason of its signal", async () => {
  const signal = new AbortController();
  const slept = realClock.sleep(60 * day, signal.signal);
  signal.abort(new Error("enough"));
  await expect(slept).rejects.toThrow("enough");
});
