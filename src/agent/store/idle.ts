import type { Database } from "better-sqlite3";
import type { IdleBook, IdleTime } from "../domain/gpu.ts";
import { guarded } from "./faults.ts";

/** The table of containers that are idle; `folder` is for messages. */
export function idleTable(database: Database, folder: string): IdleBook {
  const all = database.prepare<[], IdleTime>("SELECT ctid, idle_ms, seen FROM gpu_idle ORDER BY ctid");
  const forget = database.prepare("DELETE FROM gpu_idle");
  const add = database.prepare("INSERT INTO gpu_idle (ctid, idle_ms, seen) VALUES (@ctid, @idle_ms, @seen)");
  const replace = database.transaction((times: readonly IdleTime[]) => {
    forget.run();
    for (const time of times) add.run(time);
  });
  return {
    all: () => guarded(folder, () => all.all()),
    keep: (times) => guarded(folder, () => replace.immediate(times)),
  };
}
