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

const golden = join(import.meta.dirname, "../golden/upgrade");
/** Versions of which there is a database: its agent was killed in the middle of a letsgo. */
const versions = readdirSync(golden)
  .flatMap((name) => /^v(\d+)$/.exec(name)?.[1] ?? [])
  .map(Number)
  .toSorted((a, b) => a - b);
const earlier = versions.filter((version) => version < migrations.length);
const databaseOf = (version: number) => join(golden, `v${version}/state/phoenix.db`);
const oldDatabase = databaseOf(2);

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

/** All rows of all tables, with the columns that a database has. */
type Rows = ReadonlyMap<string, readonly unknown[]>;

function columnsOf(database: SQLite.Database): ReadonlyMap<string, string> {
  const tables = database
    .prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .pluck()
    .all();
  const columns = (table: string) => database.prepare<[string], string>("SELECT name FROM pragma_table_info(?)").pluck().all(table);
  return new Map(
    tables.map((table) => [
      table,
      columns(table)
        .map((name) => `"${name}"`)
        .join(),
    ]),
  );
}

/** Of these columns. */
function rowsOf(database: SQLite.Database, columns: ReadonlyMap<string, string>): Rows {
  return new Map([...columns].map(([table, names]) => [table, database.prepare(`SELECT ${names} FROM ${table} ORDER BY ${names}`).all()]));
}

test("there is a database of the version before the newest; test/golden/upgrade/make.sh makes one, with the agent of then", () => {
  expect(versions).toContain(migrations.length - 1);
});

test.each(earlier)("a database of version %i is brought up to date, with all that is in it, and a copy from before", (version) => {
  const folder = folderWith(databaseOf(version));
  const columns = look(databaseOf(version), columnsOf);
  const before = look(databaseOf(version), (database) => rowsOf(database, columns));
  open(folder).close();
  const after = look(join(folder, "phoenix.db"), (database) => ({ version: versionOf(database), rows: rowsOf(database, columns) }));
  expect(after).toEqual({ version: migrations.length, rows: before });
  expect(copies(folder)).toEqual([`phoenix.db.v${version}`]);
  const copy = look(join(folder, `phoenix.db.v${version}`), (database) => ({
    version: versionOf(database),
    columns: columnsOf(database),
    rows: rowsOf(database, columns),
  }));
  expect(copy).toEqual({ version, columns, rows: before });
});

test.each<[number, { readonly runs: readonly string[]; readonly events: readonly string[] }]>([
  [2, { runs: ["letsgo running", "orchestrate succeeded"], events: ["run.started", "run.finished", "run.started"] }],
  ...versions
    .filter((version) => version >= 10)
    .map((version): [number, { runs: string[]; events: string[] }] => [
      version,
      {
        runs: ["letsgo running", "snapshot succeeded", "letsgo succeeded", "orchestrate succeeded", "orchestrate succeeded"],
        events: expect.arrayContaining(["config.new", "run.started", "run.finished"]),
      },
    ]),
])("what a database of version %i holds is understood", async (version, holds) => {
  const { journal, events, audit } = open(folderWith(databaseOf(version)));
  const runs = journal.runs({ ctid: null, phases: [], limit: 10, before: null });
  expect({
    runs: runs.map(({ plan, state }) => `${plan.request.kind} ${state.phase}`),
    events: events.from(0, { level: "info", ctid: null }, 100).events.map(({ kind }) => kind),
  }).toEqual(holds);
  expect(await audit.verify(null)).toMatchObject({ problem: null, rows: version < 9 ? 0 : 23 });
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

test.each(versions)("migrations of version %i that fail change nothing, and it is said how to go back", (version) => {
  const folder = folderWith(databaseOf(version));
  const known = migrations.slice(0, version);
  const steps = [...known, "CREATE TABLE fine (x)", "INSERT INTO nowhere VALUES (1)"];
  const file = join(folder, "phoenix.db");
  const columns = look(file, columnsOf);
  const before = look(file, (database) => rowsOf(database, columns));
  const { reason, message, remedy } = failureOf(() => openDatabase(folder, steps, copyBeforeMigration));
  expect(reason).toBe("STORE");
  expect(message).toContain(`${file} could not be brought from version ${version} to ${version + 2}`);
  expect(message).toContain("no such table: nowhere");
  expect(remedy).toContain(`phoenix-agent restore ${file}.v${version}`);
  const after = look(file, (database) => ({ version: versionOf(database), columns: columnsOf(database), rows: rowsOf(database, columns) }));
  expect(after).toEqual({ version, columns, rows: before });
  // The agent of before opens it as if nothing had happened.
  openDatabase(folder, known, copyBeforeMigration).close();
});

test.each(earlier)("downgrade: the agent of version %i refuses the newer database, and takes the copy", (version) => {
  const folder = folderWith(databaseOf(version));
  open(folder).close();
  const older = () => openDatabase(folder, migrations.slice(0, version), copyBeforeMigration);
  expect(failureOf(older).remedy).toContain("phoenix-agent restore");
  const kept = join(folder, "phoenix.db.before-restore");
  expect(restoreFrom(folder, join(folder, `phoenix.db.v${version}`))).toEqual({ version, kept });
  older().close();
  expect(look(kept, versionOf)).toBe(migrations.length);
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

  test("to where nothing can be written says so of that place, not of the state folder", () => {
    const folder = folderWith(oldDatabase);
    expect(failureOf(() => backUp(folder, "/nowhere/copy.db"))).toMatchObject({
      message: expect.stringMatching(/^\/nowhere\/copy\.db can't be written \(there is no such file/) as string,
      remedy: "Give a name in a folder that is there and has room.",
    });
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
      /text can't be restored, it is no database or a damaged one .*; the agent's own was not touched$/,
    ],
    ["that is a folder", (folder) => folder, /can't be restored/],
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
    const failure = failureOf(() => restoreFrom(folder, make(temporaryFolder())));
    expect(failure.message).toMatch(says);
    // Of the agent's own database it would be the right advice: of a copy it would lose the history for nothing.
    expect(failure.remedy).not.toContain("move phoenix.db away");
    expect(readFileSync(join(folder, "phoenix.db")).equals(before)).toBe(true);
    expect(existsSync(join(folder, "phoenix.db.before-restore"))).toBe(false);
  });

  test("overwrites nothing", () => {
    const folder = folderWith(oldDatabase);
    expect(failureOf(() => backUp(folder, join(folder, "phoenix.db"))).message).toContain("is there already");
  });
});
