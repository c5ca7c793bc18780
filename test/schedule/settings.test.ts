import * as z from "zod";
import { scheduleFields, schedules } from "../../src/agent/config/schedule-shape.ts";
import { fit } from "../../src/agent/config/shape.ts";

const shape = schedules(z.strictObject(scheduleFields(3600)));
const complaints = (value: unknown) => {
  const found = fit(shape, value);
  return "value" in found ? [] : found.mismatches.map(({ path, message }) => `${path.join(".")}: ${message}`);
};
const night = { name: "night", cron: "0 1 * * *", time_zone: "Europe/Berlin" };

test("a schedule needs a name and a cron expression; the rest has defaults", () => {
  expect(fit(shape, [{ name: "night", cron: "0 1 * * *" }])).toEqual({
    value: [{ name: "night", cron: "0 1 * * *", time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone, catch_up_s: 3600 }],
  });
});

test.each<[string, unknown, string[]]>([
  [
    "a bad cron expression",
    [{ ...night, cron: "0 25 * * *" }],
    ['0.cron: expected a cron expression, for example "0 1 * * *" for one o\'clock (Invalid value for hour: 25), got "0 25 * * *"'],
  ],
  [
    "a number for one",
    [{ ...night, cron: 5 }],
    ['0.cron: expected a cron expression, for example "0 1 * * *" for one o\'clock (it is not a text), got 5'],
  ],
  [
    "an unknown zone",
    [{ ...night, time_zone: "Europe/Berln" }],
    ['0.time_zone: expected a time zone, for example "Europe/Berlin", got "Europe/Berln"'],
  ],
  ["a name twice", [night, { ...night, cron: "0 2 * * *" }], ['1.name: expected a name that no other schedule has, got "night"']],
  ["a name that is none", [{ ...night, name: "at night" }], ['0.name: expected a name of letters, digits, - and _, got "at night"']],
  ["too long a window", [{ ...night, catch_up_s: 1e6 }], ["0.catch_up_s: expected a whole number from 0 to 604800, got 1000000"]],
  ["no list", night, ["expected a list of schedules"]],
])("%s", (_, value, expected) => {
  expect(complaints(value).map((line, index) => (expected[index]?.includes("got") ? line : line.slice(2).split(", got")[0]))).toEqual(
    expected,
  );
});
