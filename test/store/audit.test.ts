import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database } from "better-sqlite3";
import type { AuditBook, AuditedCall } from "../../src/agent/domain/audit.ts";
import { auditTable, chained } from "../../src/agent/store/audit.ts";
import { openDatabase } from "../../src/agent/store/database.ts";
import { migrations } from "../../src/agent/store/schema.ts";

let folder: string;
let database: Database;
let book: AuditBook;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "phoenix-audit-"));
  database = openDatabase(folder, migrations, () => null);
  book = auditTable(database, folder);
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

const call = (over: Partial<AuditedCall> = {}): AuditedCall => ({
  at: 1000,
  who: "ana",
  fingerprint: "ab",
  address: "10.0.0.7",
  method: "/phoenix.v1.HostService/StopContainer",
  arguments: '{"ctid":950}',
  ...over,
});
const ok = { result: "OK", detail: "" };

/** Six rows: three calls, of which one goes on, and one that was refused. */
function fill(): void {
  const first = book.begin(call());
  const second = book.begin(call({ at: 1001, who: "ben" }));
  book.end(second, 1002, { result: "LEASED", detail: "leased by ana" });
  book.end(first, 1003, { result: "OK", detail: "01ABC" });
  book.whole(call({ at: 1004, who: "-" }), { result: "NOT_TRUSTED", detail: "no certificate" }, 7);
  book.begin(call({ at: 1005, who: "local" }));
}

test("a call is listed with what became of it, newest first", () => {
  fill();
  expect(book.list(10, null, null).map(({ no, who, outcome, times }) => [no, who, outcome?.result ?? null, times])).toEqual([
    [6, "local", null, 1],
    [5, "-", "NOT_TRUSTED", 7],
    [2, "ben", "LEASED", 1],
    [1, "ana", "OK", 1],
  ]);
  expect(book.list(1, 5, null)).toMatchObject([
    { no: 2, ...call({ at: 1001, who: "ben" }), outcome: { result: "LEASED", detail: "leased by ana" } },
  ]);
  expect(book.list(10, null, "ana")).toMatchObject([{ no: 1, outcome: { result: "OK", detail: "01ABC" } }]);
});

test("what was only ever added to is in order", async () => {
  expect(await book.verify(null)).toMatchObject({ rows: 0, problem: null, newest: { no: 0 }, oldest: 1 });
  fill();
  expect(await book.verify(null)).toMatchObject({ rows: 6, problem: null, newest: { no: 6 }, oldest: 1 });
});

const rehash = () => {
  let previous: Buffer = Buffer.alloc(32);
  for (const { no, body } of database.prepare<[], { no: number; body: string }>("SELECT no, body FROM audit ORDER BY no").all()) {
    previous = chained(previous, no, body);
    database.prepare("UPDATE audit SET hash = ? WHERE no = ?").run(previous, no);
  }
};

describe("verification finds", () => {
  test.each<[string, string, number, string]>([
    ["a changed row", "UPDATE audit SET body = replace(body, 'ben', 'ana') WHERE no = 2", 1, "row 2 is not as it was written"],
    [
      "a result that was changed",
      "UPDATE audit SET body = replace(body, 'LEASED', 'OK') WHERE no = 3",
      2,
      "row 3 is not as it was written",
    ],
    ["a changed hash", "UPDATE audit SET hash = zeroblob(32) WHERE no = 4", 3, "row 4 is not as it was written"],
    ["a removed row", "DELETE FROM audit WHERE no = 4", 3, "row 4 is missing"],
    ["several of them", "DELETE FROM audit WHERE no IN (3, 4, 5)", 2, "rows 3 to 5 are missing"],
    ["a removed beginning", "DELETE FROM audit WHERE no = 1", 0, "row 1 is missing"],
    ["a removed end", "DELETE FROM audit WHERE no > 4", 4, "rows 5 to 6 are missing at the end"],
    ["all of it gone", "DELETE FROM audit", 0, "rows 1 to 6 are missing at the end"],
    [
      "rows that have changed places",
      "UPDATE audit SET no = -2 WHERE no = 2; UPDATE audit SET no = 2 WHERE no = 5; UPDATE audit SET no = 5 WHERE no = -2",
      1,
      "row 2 is not as it was written",
    ],
    [
      "a row that was put in between",
      "UPDATE audit SET no = -no WHERE no > 3; UPDATE audit SET no = 1 - no WHERE no < 0; INSERT INTO audit (no, body, hash) SELECT 4, body, hash FROM audit WHERE no = 3",
      3,
      "row 4 is not as it was written",
    ],
  ])("%s", async (_words, sql, rows, problem) => {
    fill();
    database.exec(sql);
    expect(await book.verify(null)).toMatchObject({ rows, problem });
  });

  test("a removed end, also after more was written", async () => {
    fill();
    database.exec("DELETE FROM audit WHERE no > 4");
    book.begin(call());
    expect(await book.verify(null)).toMatchObject({ rows: 4, problem: "rows 5 to 6 are missing" });
  });

  test("with a mark from before: a past that was written anew, with all its hashes", async () => {
    fill();
    const { newest } = await book.verify(null);
    database.exec("UPDATE audit SET body = replace(body, 'ben', 'ana') WHERE no = 2");
    rehash();
    book.whole(call(), ok, 1);
    expect(await book.verify(null)).toMatchObject({ problem: null });
    expect(await book.verify(newest)).toMatchObject({
      problem: "row 6 is not what it was when it was verified before: it was rewritten, or is missing",
    });
  });

  test("with a mark from before: an end that was cut off together with the count of it", async () => {
    fill();
    const { newest } = await book.verify(null);
    database.exec("DELETE FROM audit WHERE no > 4; UPDATE sqlite_sequence SET seq = 4 WHERE name = 'audit'");
    expect(await book.verify(null)).toMatchObject({ problem: null });
    expect((await book.verify(newest)).problem).toContain("row 6 is not what it was");
  });
});

test("a mark stays good while rows are added", async () => {
  fill();
  const { newest } = await book.verify(null);
  for (let i = 0; i < 1200; i += 1) book.whole(call(), ok, 1);
  expect(await book.verify(newest)).toMatchObject({ rows: 1206, problem: null });
});

describe("pruning", () => {
  test("forgets the old from the beginning on, and what is left is in order", async () => {
    fill();
    expect(book.prune(1003)).toBe(3);
    expect(await book.verify(null)).toMatchObject({ rows: 3, problem: null, newest: { no: 6 }, oldest: 4 });
    book.whole(call(), ok, 1);
    expect(await book.verify(null)).toMatchObject({ rows: 4, problem: null, newest: { no: 7 } });
    expect(book.prune(1003)).toBe(0);
  });

  test("keeps the newest row, whatever its age", () => {
    fill();
    expect(book.prune(99_999)).toBe(0);
  });

  test("is no way to take rows out unseen", async () => {
    fill();
    book.prune(1002);
    database.exec("DELETE FROM audit WHERE no = 3");
    expect(await book.verify(null)).toMatchObject({ problem: "row 3 is missing" });
  });
});
