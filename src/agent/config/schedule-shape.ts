import * as z from "zod";
import { cronProblem, isTimeZone, ownZone } from "../schedule/cron.ts";
import { list, text, that, whole } from "./shape.ts";

const aWeek = 7 * 24 * 60 * 60;

/** What every schedule in the settings has; `catch_up_s` is how late a missed firing may be made up for if it does not say. */
export function scheduleFields(catch_up_s: number) {
  return {
    name: text("a name of letters, digits, - and _", (name) => /^[A-Za-z0-9][\w-]{0,62}$/.test(name)),
    cron: cron(),
    time_zone: that<string>('a time zone, for example "Europe/Berlin"', (zone) => typeof zone === "string" && isTimeZone(zone)).default(
      ownZone,
    ),
    catch_up_s: whole(0, aWeek).default(catch_up_s),
  };
}

/** A list of schedules, each with a name of its own. */
export function schedules<S extends z.ZodType<{ readonly name: string }>>(shape: S) {
  return list(shape, "schedules").superRefine((all, context) => {
    for (const [index, { name }] of all.entries()) {
      if (all.findIndex((other) => other.name === name) < index)
        context.addIssue({ code: "custom", path: [index, "name"], message: "expected a name that no other schedule has" });
    }
  });
}

function cron() {
  const problem = (value: unknown) => (typeof value === "string" ? cronProblem(value) : "it is not a text");
  return z.custom<string>((value) => problem(value) === null, {
    error: ({ input }) => `expected a cron expression, for example "0 1 * * *" for one o'clock (${problem(input)})`,
  });
}
