import { cronProblem, firingsAfter, firingUntil, hasSeconds, isTimeZone } from "../../src/agent/schedule/cron.ts";

const at = (text: string) => new Date(text).getTime();
const told = (ms: number) => new Date(ms).toISOString().replace(":00.000Z", "Z");
const next = (cron: string, time_zone: string, after: string, count: number) =>
  firingsAfter({ cron, time_zone }, at(after), count).map(told);

describe("clocks that are set forward: in Berlin there was no time from 2:00 to 3:00 on 29 March 2026", () => {
  test.each([
    ["a time in the gap comes right after it, and the next day as ever", "30 2 * * *", ["03-28T01:30Z", "03-29T01:00Z", "03-30T00:30Z"]],
    ["its beginning too", "0 2 * * *", ["03-28T01:00Z", "03-29T01:00Z", "03-30T00:00Z"]],
    ["a time after it comes at that time", "0 3 * * *", ["03-28T02:00Z", "03-29T01:00Z", "03-30T01:00Z"]],
    ["every six hours leaves none out", "0 */6 * * *", ["03-28T05:00Z", "03-28T11:00Z", "03-28T17:00Z", "03-28T23:00Z", "03-29T04:00Z"]],
  ])("%s", (_, cron, times) => {
    expect(next(cron, "Europe/Berlin", "2026-03-28T00:30:00Z", times.length)).toEqual(times.map((time) => `2026-${time}`));
  });

  test("every hour and half hour goes on without a break", () => {
    expect(next("0 * * * *", "Europe/Berlin", "2026-03-28T23:30:00Z", 3)).toEqual([
      "2026-03-29T00:00Z",
      "2026-03-29T01:00Z",
      "2026-03-29T02:00Z",
    ]);
    expect(next("*/30 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", 3)).toEqual([
      "2026-03-29T00:30Z",
      "2026-03-29T01:00Z",
      "2026-03-29T01:30Z",
    ]);
  });
});

describe("clocks that are set back: in Berlin the time from 2:00 to 3:00 came twice on 25 October 2026", () => {
  test.each([
    ["a time that comes twice is taken once, the first", "30 2 * * *", ["10-24T00:30Z", "10-25T00:30Z", "10-26T01:30Z"]],
    ["a time before it", "30 1 * * *", ["10-24T23:30Z", "10-26T00:30Z"]],
    ["a time after it comes at that time", "0 3 * * *", ["10-24T01:00Z", "10-25T02:00Z", "10-26T02:00Z"]],
  ])("%s", (_, cron, times) => {
    expect(next(cron, "Europe/Berlin", "2026-10-24T00:00:00Z", times.length)).toEqual(times.map((time) => `2026-${time}`));
  });

  test("every hour and half hour goes on without a break, through both", () => {
    expect(next("0 * * * *", "Europe/Berlin", "2026-10-24T23:30:00Z", 4)).toEqual(
      ["00:00", "01:00", "02:00", "03:00"].map((time) => `2026-10-25T${time}Z`),
    );
    expect(next("*/30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", 4)).toEqual(
      ["00:30", "01:00", "01:30", "02:00"].map((time) => `2026-10-25T${time}Z`),
    );
  });
});

test("what was due last agrees with what is due next, all through a year in every kind of zone", () => {
  const zones = ["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu", "UTC"];
  for (const time_zone of zones) {
    for (const cron of ["30 2 * * *", "15 */2 * * *", "0 0 1 * *"]) {
      const year = firingsAfter({ cron, time_zone }, at("2026-01-01T00:00:00Z"), 300);
      const disordered = year.filter((time, index) => index > 0 && time <= (year[index - 1] ?? 0));
      expect({ time_zone, cron, disordered }).toEqual({ time_zone, cron, disordered: [] });
      for (const [index, time] of year.entries()) {
        if (index % 7 !== 0) continue;
        expect([time_zone, cron, firingUntil({ cron, time_zone }, time)]).toEqual([time_zone, cron, time]);
      }
    }
  }
});

test.each([
  ["2026-11-25T00:59:59.999Z", "2026-11-24T01:00Z", "2026-11-25T01:00Z"],
  ["2026-11-25T01:00:00.000Z", "2026-11-25T01:00Z", "2026-11-26T01:00Z"],
  ["2026-11-25T01:00:00.001Z", "2026-11-25T01:00Z", "2026-11-26T01:00Z"],
])("at %s the last firing is that of %s, the next that of %s", (now, last, following) => {
  expect(told(firingUntil({ cron: "0 1 * * *", time_zone: "UTC" }, at(now)) ?? 0)).toBe(last);
  expect(next("0 1 * * *", "UTC", now, 1)).toEqual([following]);
});

test.each([
  ["0 1 * * *", null],
  ["*/5 8-18 * * MON-FRI", null],
  ["*/2 * * * * *", null],
  ["@daily", null],
  ["61 * * * *", "Invalid value for minute: 61"],
  ["0 1 * *", "it has neither five fields (minutes first) nor six (seconds first)"],
  ["0 0 1 * * * 2027", "it has neither five fields (minutes first) nor six (seconds first)"],
  ["", "it has neither five fields (minutes first) nor six (seconds first)"],
  ["0 0 31 2 *", "it never comes due"],
  ["a b c d e", "configuration entry 1 (a) contains illegal characters."],
])("%s as a cron expression: %s", (cron, problem) => {
  expect(cronProblem(cron)).toBe(problem);
});

test("zones and seconds", () => {
  expect([isTimeZone("Europe/Berlin"), isTimeZone("UTC"), isTimeZone("Europe/Berln"), isTimeZone("")]).toEqual([true, true, false, false]);
  expect([hasSeconds({ cron: "* * * * *", time_zone: "UTC" }), hasSeconds({ cron: " */2 * *  * * *", time_zone: "UTC" })]).toEqual([
    false,
    true,
  ]);
});
