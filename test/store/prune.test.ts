import SQLite from "better-sqlite3";
import { join } from "node:path";
import type { Store } from "../../src/agent/store/open.ts";
import { open, temporaryFolder } from "./support/folder.ts";
import { batch, finished, newRun, output, started } from "./support/runs.ts";

let folder: string;
let store: Store;

beforeEach(() => {
  folder = temporaryFolder();
  store = open(folder);
});

/** A run in a request of its own, with output and a content that is named like it, finished at a time. */
function past(id: string, at: number, blobs: readonly string[] = []): void {
  store.journal.create(batch(id, [newRun(id)], { at: at - 10, blobs: new Map(blobs.map((hash) => [hash, Buffer.from(hash)])) }));
  store.journal.append(id, at - 5, [started]);
  store.journal.appendOutput(id, at - 3, [output("a"), output("b")]);
  store.journal.append(id, at, [finished]);
}

function rows(table: string): number {
  const database = new SQLite(join(folder, "phoenix.db"), { readonly: true });
  try {
    return database.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
  } finally {
    database.close();
  }
}

test("what ended before goes, with everything that is only for it", async () => {
  past("old", 1000, ["only", "both"]);
  past("new", 2000, ["both"]);
  store.journal.create(batch("waiting", [newRun("waiting")], { at: 10 }));
  store.journal.create(batch("nothing", [], { at: 10 }));
  const said = { kind: "agent.started", level: "info", ctid: null, run: null, message: "m", details: {} } as const;
  store.events.add({ ...said, at: 1999 });
  store.events.add({ ...said, at: 2000 });
  expect(await store.prune(2000)).toEqual({ runs: 1, events: 5, requests: 2, blobs: 1, host_events: 1 });
  const { journal } = store;
  expect(journal.run("old")).toBeNull();
  expect(journal.findRequest("request of old")).toBeNull();
  expect(journal.findRequest("request of nothing")).toBeNull();
  expect(() => journal.blob("only")).toThrow("not in the database");
  expect(Buffer.from(journal.blob("both")).toString()).toBe("both");
  expect(journal.events("new", 0, 10)).toHaveLength(5);
  expect(journal.run("waiting")?.state.phase).toBe("queued");
  expect([rows("runs"), rows("batches"), rows("blobs"), rows("blob_uses"), rows("events"), rows("host_events")]).toEqual([
    2, 2, 1, 1, 6, 1,
  ]);
  expect(await store.prune(2000)).toEqual({ runs: 0, events: 0, requests: 0, blobs: 0, host_events: 0 });
});

test("a run that another one still waits for stays until that has ended", async () => {
  past("first", 1000);
  store.journal.create(batch("B2", [newRun("second", 951, [{ run: "first", need: "success" }])]));
  expect(await store.prune(5000)).toMatchObject({ runs: 0 });
  expect(store.journal.run("second")?.after).toEqual([{ run: "first", need: "success" }]);
  store.journal.append("second", 6000, [finished]);
  expect(await store.prune(5000)).toMatchObject({ runs: 1 });
  expect(store.journal.run("second")?.state.phase).toBe("succeeded");
});

test("runs of one request that ended at different times", async () => {
  store.journal.create(batch("B1", [newRun("a", 950), newRun("b", 951)], { at: 10 }));
  store.journal.append("a", 1000, [finished]);
  store.journal.append("b", 3000, [finished]);
  expect(await store.prune(2000)).toEqual({ runs: 1, events: 2, requests: 0, blobs: 0, host_events: 0 });
  expect(store.journal.findRequest("request of B1")?.runs.map(({ id }) => id)).toEqual(["b"]);
});

test("others get their turn in between, and may close the store", async () => {
  for (let index = 0; index < 100; index += 1) past(`run ${index}`, 1000);
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 0);
  const pruned = store.prune(2000);
  await new Promise((resolve) => setTimeout(resolve, 5));
  store.close();
  const { runs } = await pruned;
  clearInterval(timer);
  expect(turns).toBeGreaterThan(0);
  store = open(folder);
  expect(await store.prune(2000)).toMatchObject({ runs: 100 - runs });
  expect(rows("events")).toBe(0);
});
