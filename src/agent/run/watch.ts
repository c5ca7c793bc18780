import type { Entry, Journal } from "../domain/journal.ts";
import { hasEnded, type RunId } from "../domain/run.ts";
import type { Feed } from "./feed.ts";

/** So many events are read from the journal at a time; a slow watcher holds no more than these. */
const page = 200;

/** What happened and happens in a run, from the journal alone, so that a watcher can begin anywhere and never misses anything. */
export async function* watchRun(journal: Journal, feed: Feed, run: RunId, from_seq: number, signal: AbortSignal): AsyncIterable<Entry> {
  let from = from_seq;
  while (!signal.aborted) {
    const entries = journal.events(run, from, page);
    for (const entry of entries) {
      yield entry;
      if (entry.event.type === "finished") return;
    }
    const last = entries.at(-1);
    if (last !== undefined) {
      from = last.seq + 1;
      continue;
    }
    const record = journal.run(run);
    if (record === null || hasEnded(record.state)) return;
    await feed.next(run, signal);
  }
}
