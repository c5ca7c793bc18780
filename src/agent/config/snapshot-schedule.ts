import * as z from "zod";
import { patternProblem } from "../snapshots/name.ts";
import { ctids } from "./container-shape.ts";
import { scheduleFields } from "./schedule-shape.ts";
import { list, text, whole } from "./shape.ts";

const halfADay = 12 * 60 * 60;

const someCtids = () =>
  list(whole(ctids.min, ctids.max), "ids").refine((all) => all.length > 0 && new Set(all).size === all.length, {
    error: "expected at least one id, and each once",
  });

const keep = z
  .strictObject(
    {
      count: whole(1, 1000).optional(),
      age: text('a time such as "36h", "14d" or "8w"', (value) => /^[1-9]\d{0,3}[hdw]$/.test(value)).optional(),
    },
    { error: "expected count, age, or both" },
  )
  .refine(({ count, age }) => count !== undefined || age !== undefined, { error: "expected count, age, or both" });

/** A schedule that takes snapshots, and deletes those of its own that it does not keep. */
export const snapshotSchedule = z
  .strictObject(
    {
      ...scheduleFields(halfADay),
      containers: z.union([z.literal("all"), someCtids()], { error: 'expected a list of ids, each once, or "all"' }),
      pattern: text("a pattern for names, for example auto-%Y%m%d-%H%M"),
      keep,
    },
    { error: "expected a schedule of name, cron, time_zone, catch_up_s, containers, pattern and keep" },
  )
  .superRefine((schedule, context) => {
    const problem = patternProblem(schedule.pattern, schedule);
    if (problem === null) return;
    const message = `expected a pattern that gives each firing a name of its own, for example auto-%Y%m%d-%H%M (${problem})`;
    context.addIssue({ code: "custom", path: ["pattern"], message });
  });
