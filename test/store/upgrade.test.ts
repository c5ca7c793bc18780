import { copyFileSync, existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import SQLite from "better-sqlite3";
import { Fault, type Failure } from "../../src/agent/domain/errors.ts";
import { backUp, copyBeforeMigration, restoreFrom } from "../../src/agent/store/backup.ts";
import { openDatabase } from "../../src/agent/store/database.ts";
import { migrate, versionOf } from "../../src/agent/store/migrate.ts";
import { migrations } from "../../src/agent/store/schema.ts";
import { open, temporaryFolder } from "./support/folder.ts";
import { batch, newRun } from "./support/runs.ts";

/** Written by the agent of that version, which was killed in the middle of a letsgo after an orchestrate had ended. */
const oldDatabase = join(import.meta.dirname, "../golden/upgrade/v2/state/phoenix.db");

function folderWith(file: string): string {
  const folder = temporaryFolder();
  copyFileSync(file, join(folder, "phoenix.db"));
  return folder;
}

function failureOf(work: () => unknown): Failure {
  try {
    work();
  } catch (error) {
    if (error instanceof Fault) return error.failure;
    throw error;
  }
  throw new Error("nothing went wrong");
}

function look<T>(file: string, at: (database: SQLite.Database) => T): T {
  const database = new SQLite(file, { readonly: true });
  try {
    return at(database);
  } finally {
    database.close();
  }
}

const copies = (folder: string) => readdirSync(folder).filter((name) => name.startsWith("phoenix.db.v"));

test("a database of an earlier version is brought up to date, with all that is in it, and a copy from before", () => {
  const folder = folderWith(oldDatabase);
  const { journal, events } = open(folder);
  const filter = { ctid: null, phases: [], limit: 10, before: null };
  expect(journal.runs(filter).map(({ plan, state }) => [plan.request.kind, state.phase])).toEqual([
    ["letsgo", "running"],
    ["orchestrate", "succeeded"],
  ]);
  const kinds = events.from(0, { level: "info", ctid: null }, 10).events.map(({ kind, details }) => [kind, details["kind"]]);
  expect(kinds).toEqual([
    ["run.started", "orchestrate"],
    ["run.finished", "orchestrate"],
    ["run.started", "letsgo"],
  ]);
  expect(copies(folder)).toEqual(["phoenix.db.v2"]);
  expect(look(join(folder, "phoenix.db.v2"), versionOf)).toBe(2);
});

test("what is up to date, or new, is not copied", () => {
  const folder = temporaryFolder();
  open(folder).close();
  open(folder);
  expect(copies(folder)).toEqual([]);
});

test("of copies, the three of the newest versions are kept", () => {
  const folder = temporaryFolder();
  const table = (number: number) => `CREATE TABLE t${number} (x)`;
  for (const version of [1, 2, 9, 10, 11]) {
    const steps = Array.from({ length: version }, (_, index) => table(index));
    openDatabase(folder, steps, copyBeforeMigration).close();
  }
  openDatabase(
    folder,
    Array.from({ length: 12 }, (_, index) => table(index)),
    copyBeforeMigration,
  ).close();
  expect(copies(folder).toSorted()).toEqual(["phoenix.db.v10", "phoenix.db.v11", "phoenix.db.v9"]);
});

test("migrations that fail change nothing, and it is said how to go back", () => {
  const folder = folderWith(oldDatabase);
  const steps = [...migrations.slice(0, 2), "CREATE TABLE fine (x)", "INSERT INTO nowhere VALUES (1)"];
  const file = join(folder, "phoenix.db");
  const { reason, message, remedy } = failureOf(() => openDatabase(folder, steps, copyBeforeMigration));
  expect(reason).toBe("STORE");
  expect(message).toContain(`${file} could not be brought from version 2 to 4`);
  expect(message).toContain("no such table: nowhere");
  expect(remedy).toContain(`phoenix-agent restore ${file}.v2`);
  expect(look(file, versionOf)).toBe(2);
  expect(look(file, (database) => database.prepare("SELECT count(*) FROM sqlite_master WHERE name = 'fine'").pluck().get())).toBe(0);
  // The agent of before opens it as if nothing had happened.
  openDatabase(folder, migrations.slice(0, 2), copyBeforeMigration).close();
});

test("downgrade: the older agent refuses the newer database, and takes the copy", () => {
  const folder = folderWith(oldDatabase);
  open(folder).close();
  const older = () => openDatabase(folder, migrations.slice(0, 2), copyBeforeMigration);
  expect(failureOf(older).remedy).toContain("phoenix-agent restore");
  expect(restoreFrom(folder, join(folder, "phoenix.db.v2"))).toEqual({ version: 2, kept: join(folder, "phoenix.db.before-restore") });
  older().close();
  expect(look(join(folder, "phoenix.db.before-restore"), versionOf)).toBe(migrations.length);
});

describe("a backup", () => {
  test("of a running agent is whole, private, and can be restored", () => {
    const folder = temporaryFolder();
    const store = open(folder);
    store.journal.create(batch("B", [newRun("R1")]));
    const file = join(temporaryFolder(), "copy.db");
    expect(backUp(folder, file)).toMatchObject({ version: migrations.length });
    expect(look(file, (database) => database.prepare("SELECT id FROM runs").pluck().all())).toEqual(["R1"]);
    store.journal.create(batch("C", [newRun("R2", 951)]));
    expect(failureOf(() => restoreFrom(folder, file)).message).toContain("another agent");
    store.close();
    restoreFrom(folder, file);
    const again = open(folder);
    expect(again.journal.run("R1")).not.toBeNull();
    expect(again.journal.run("R2")).toBeNull();
    expect(look(join(folder, "phoenix.db.before-restore"), (database) => database.prepare("SELECT count(*) FROM runs").pluck().get())).toBe(
      2,
    );
  });

  test.each<[string, (folder: string) => string, RegExp]>([
    ["that is not there", () => "/nowhere/copy.db", /is not there/],
    [
      "that is no database",
      (folder) => {
        const file = join(folder, "text");
        writeFileSync(file, "no database".repeat(1000));
        return file;
      },
      /damaged/,
    ],
    [
      "of something else",
      (folder) => {
        const file = join(folder, "other");
        const database = new SQLite(file);
        database.exec("CREATE TABLE t (x)");
        database.close();
        return file;
      },
      /no database of an agent/,
    ],
    [
      "of a newer agent",
      (folder) => {
        const file = join(folder, "newer");
        const database = new SQLite(file);
        migrate(database, migrations);
        database.pragma("user_version = 999");
        database.close();
        return file;
      },
      /newer agent/,
    ],
  ])("%s is refused, and nothing is touched", (_, make, says) => {
    const folder = folderWith(oldDatabase);
    const before = readFileSync(join(folder, "phoenix.db"));
    expect(failureOf(() => restoreFrom(folder, make(temporaryFolder()))).message).toMatch(says);
    expect(readFileSync(join(folder, "phoenix.db")).equals(before)).toBe(true);
    expect(existsSync(join(folder, "phoenix.db.before-restore"))).toBe(false);
  });

  test("overwrites nothing", () => {
    const folder = folderWith(oldDatabase);
    expect(failureOf(() => backUp(folder, join(folder, "phoenix.db"))).message).toContain("is there already");
  });
});
