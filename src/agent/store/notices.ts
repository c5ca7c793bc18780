import type { Database } from "better-sqlite3";
import type { Notice, NoticeBook, WaitingNotice } from "../domain/notice.ts";
import { guarded } from "./faults.ts";

/** The table of notices that have not arrived; `folder` is for messages. */
export function noticeTable(database: Database, folder: string): NoticeBook {
  const from = database.prepare<[], number>("SELECT seq FROM notices_from").pluck();
  const moveTo = database.prepare("INSERT INTO notices_from (one, seq) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET seq = excluded.seq");
  const insert = database.prepare("INSERT INTO notices (id, run, at, body) VALUES (@id, @run, @at, @body)");
  const first = database.prepare<[], WaitingNotice>("SELECT id, run, at, body, attempts, next FROM notices ORDER BY no LIMIT 1");
  const retry = database.prepare("UPDATE notices SET attempts = attempts + 1, next = @next WHERE id = @id");
  const drop = database.prepare("DELETE FROM notices WHERE id = ?");
  const waiting = database.prepare<[], { count: number; since: number | null }>("SELECT count(*) AS count, min(at) AS since FROM notices");
  const dropAll = database.prepare("DELETE FROM notices");
  const unmark = database.prepare("DELETE FROM notices_from");
  const add = database.transaction((notices: readonly Notice[], next: number) => {
    for (const notice of notices) insert.run(notice);
    moveTo.run(next);
  });
  const end = database.transaction(() => {
    unmark.run();
    return dropAll.run().changes;
  });
  return {
    from: () => guarded(folder, () => from.get() ?? null),
    add: (notices, next) => guarded(folder, () => add.immediate(notices, next)),
    first: () => guarded(folder, () => first.get() ?? null),
    retry: (id, next) => guarded(folder, () => void retry.run({ id, next })),
    drop: (id) => guarded(folder, () => void drop.run(id)),
    waiting: () => guarded(folder, () => waiting.get() ?? { count: 0, since: null }),
    end: () => guarded(folder, () => end.immediate()),
  };
}
