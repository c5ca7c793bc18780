import type { Database } from "better-sqlite3";
import type { ScheduleBook, Seen } from "../domain/schedule.ts";
import { guarded } from "./faults.ts";

/** The tables of schedules; `folder` is for messages. */
export function scheduleTable(database: Database, folder: string): ScheduleBook {
  const seen = database.prepare<[string], Seen>("SELECT rule, until, fired, missed FROM schedules_seen WHERE key = ?");
  const see = database.prepare(
    `INSERT INTO schedules_seen (key, rule, until, fired, missed) VALUES (@key, @rule, @until, @fired, @missed)
     ON CONFLICT (key) DO UPDATE SET rule = excluded.rule, until = excluded.until, fired = excluded.fired, missed = excluded.missed`,
  );
  const paused = database.prepare<[string], number>("SELECT at FROM schedules_paused WHERE key = ?").pluck();
  const pause = database.prepare("INSERT INTO schedules_paused (key, at) VALUES (?, ?) ON CONFLICT DO NOTHING");
  const resume = database.prepare("DELETE FROM schedules_paused WHERE key = ?");
  return {
    seen: (key) => guarded(folder, () => seen.get(key) ?? null),
    see: (key, what) => guarded(folder, () => void see.run({ ...what, key })),
    paused: (key) => guarded(folder, () => paused.get(key) ?? null),
    pause: (key, at) => guarded(folder, () => void (at === null ? resume.run(key) : pause.run(key, at))),
  };
}
