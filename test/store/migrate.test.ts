import { join } from "node:path";
import SQLite from "better-sqlite3";
import { migrate, versionOf } from "../../src/agent/store/migrate.ts";
import { migrations } from "../../src/agent/store/schema.ts";
import { open, temporaryFolder } from "./support/folder.ts";

const first = "CREATE TABLE a (x INTEGER)";
const second = "ALTER TABLE a ADD COLUMN y INTEGER; UPDATE a SET y = x + 1";

test("a database goes through all versions that it has not seen, once", () => {
  const database = new SQLite(":memory:");
  migrate(database, [first]);
  database.exec("INSERT INTO a VALUES (1)");
  migrate(database, [first, second]);
  migrate(database, [first, second]);
  expect(database.prepare("SELECT * FROM a").all()).toEqual([{ x: 1, y: 2 }]);
  expect(versionOf(database)).toBe(2);
});

test("one that fails leaves the version before it whole", () => {
  const database = new SQLite(":memory:");
  expect(() => migrate(database, [first, "CREATE TABLE b (x); INSERT INTO nowhere VALUES (1)"])).toThrow("no such table: nowhere");
  expect(versionOf(database)).toBe(1);
  expect(database.prepare("SELECT name FROM sqlite_master").pluck().all()).toEqual(["a"]);
});

test("a new store has the newest version, and the safe settings", () => {
  const folder = temporaryFolder();
  open(folder);
  const database = new SQLite(join(folder, "phoenix.db"), { readonly: true });
  expect(versionOf(database)).toBe(migrations.length);
  expect(database.pragma("journal_mode", { simple: true })).toBe("wal");
  expect(database.pragma("integrity_check", { simple: true })).toBe("ok");
  database.close();
});
