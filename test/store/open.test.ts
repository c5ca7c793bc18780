import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import SQLite from "better-sqlite3";
import { Fault, type Failure } from "../../src/agent/domain/errors.ts";
import { migrations } from "../../src/agent/store/schema.ts";
import { afterwards, open, smallDisk, temporaryFolder } from "./support/folder.ts";
import { batch, newRun, output, started } from "./support/runs.ts";

function failureOf(work: () => unknown): Failure {
  try {
    work();
  } catch (error) {
    if (error instanceof Fault) return error.failure;
    throw error;
  }
  throw new Error("nothing went wrong");
}

/** Starts a program that uses the store, and waits until it has printed so many lines. */
async function startChild(folder: string, what: "hold" | "write", count: number) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "support/child.ts"), folder, what], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  afterwards(() => child.kill("SIGKILL"));
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
  const lines = () => printed.split("\n").slice(0, -1);
  while (lines().length < count) await once(child.stdout, "data");
  const kill = async () => {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "close");
    return lines();
  };
  return { pid: child.pid, kill };
}

describe("a folder", () => {
  test("is made for its owner alone, and so is everything in it", () => {
    const folder = join(temporaryFolder(), "var", "phoenix");
    open(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder).toSorted()).toEqual(["agent.pid", "lock.db", "phoenix.db", "phoenix.db-shm", "phoenix.db-wal"]);
    for (const name of readdirSync(folder)) expect([name, statSync(join(folder, name)).mode & 0o777]).toEqual([name, 0o600]);
  });

  test("that is there keeps its mode", () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o755);
    open(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o755);
  });

  test("is for one agent, in this process and in another", async () => {
    const folder = temporaryFolder();
    const first = open(folder);
    expect(failureOf(() => open(folder))).toEqual({
      reason: "STORE",
      message: `another agent (pid ${process.pid}) uses ${folder}`,
      remedy: "Stop it, or give this agent another state_dir.",
      transient: false,
    });
    first.close();
    const child = await startChild(folder, "hold", 1);
    try {
      expect(failureOf(() => open(folder)).message).toBe(`another agent (pid ${child.pid}) uses ${folder}`);
    } finally {
      await child.kill();
    }
    open(folder);
  });

  test("that is a file, or below one", () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    expect(failureOf(() => open(file)).message).toMatch(`${file} can't be written (a part of its path is not a folder)`);
    expect(failureOf(() => open(join(file, "below"))).message).toMatch(
      `${file}/below can't be written (a part of its path is not a folder)`,
    );
  });
});

test("what was written is there after kill -9", async () => {
  const folder = temporaryFolder();
  const child = await startChild(folder, "write", 50);
  const lines = await child.kill();
  const written = Number(lines.at(-1));
  expect(written).toBeGreaterThan(0);
  const { journal } = open(folder);
  const notes = journal.events("R1", 0, 1_000_000).flatMap(({ event }) => (event.type === "note" ? [event.text] : []));
  expect(notes.slice(0, written)).toEqual(Array.from({ length: written }, (_, index) => String(index + 1)));
  // It may have been killed between the commit and the word of it.
  expect(notes.length - written).toBeLessThanOrEqual(1);
  expect(journal.run("R1")?.state.phase).toBe("running");
  journal.append("R1", 9, [{ type: "note", step: "", text: "next" }]);
});

describe("a database", () => {
  const databaseIn = (folder: string) => join(folder, "phoenix.db");
  const contents = (folder: string) =>
    readdirSync(folder).map((name) => [
      name,
      name.startsWith("phoenix.db") && !name.endsWith("-shm") ? readFileSync(join(folder, name)).toString("base64") : "",
    ]);

  test("of a newer version is refused and left as it is, its log too", async () => {
    const folder = temporaryFolder();
    open(folder).close();
    const newer = new SQLite(databaseIn(folder));
    newer.pragma("wal_autocheckpoint = 0");
    newer.pragma(`user_version = ${migrations.length + 1}`);
    // As after a crash: the version is in the log, not yet in the file.
    const files = ["phoenix.db", "phoenix.db-wal"].map((name) => ({ name, bytes: readFileSync(join(folder, name)) }));
    newer.close();
    for (const { name, bytes } of files) writeFileSync(join(folder, name), bytes);
    rmSync(join(folder, "phoenix.db-shm"), { force: true });
    const before = contents(folder).filter(([name]) => !name?.endsWith("-shm"));
    expect(failureOf(() => open(folder))).toEqual({
      reason: "STORE",
      message: `${databaseIn(folder)} has version ${migrations.length + 1}, and this agent knows versions up to ${migrations.length}: a newer agent has written it. It was not changed.`,
      remedy: `Start the newer agent again, or go back to a copy: phoenix-agent restore with the newest of ${databaseIn(folder)}.v1 to .v${migrations.length} that is there.`,
      transient: false,
    });
    expect(contents(folder).filter(([name]) => !name?.endsWith("-shm"))).toEqual(before);
  });

  test.each<[string, (file: string) => void]>([
    ["is something else", (file) => writeFileSync(file, "not a database".repeat(1000))],
    ["was cut off", (file) => truncateSync(file, 5000)],
    ["was scribbled on", (file) => writeFileSync(file, Buffer.concat([readFileSync(file).subarray(0, 100), Buffer.alloc(40_000, 7)]))],
  ])("that %s", (_, damage) => {
    const folder = temporaryFolder();
    open(folder).close();
    damage(databaseIn(folder));
    const failure = failureOf(() => open(folder));
    expect(failure).toMatchObject({ reason: "STORE", transient: false });
    expect(failure.message).toMatch(`the database in ${folder} is damaged (`);
    expect(failure.remedy).toMatch("move phoenix.db away");
    rmSync(databaseIn(folder));
    open(folder);
  });

  test("that is empty is a new one", () => {
    const folder = temporaryFolder();
    writeFileSync(databaseIn(folder), "");
    open(folder).journal.create(batch("B1", []));
  });
});

describe("a disk", () => {
  test("without room: a clear refusal, nothing half written, and everything goes on when there is room", () => {
    const disk = smallDisk(1024);
    if (disk === null) return;
    const { journal } = open(join(disk, "state"));
    journal.create(batch("B1", [newRun("R1"), newRun("R2", 951)]));
    journal.append("R1", 1, [started]);
    const filler = join(disk, "filler");
    fill(filler);
    const large = Buffer.alloc(300_000);
    const refused = failureOf(() => journal.create(batch("B2", [newRun("R3", 952)], { blobs: new Map([["hash", large]]) })));
    expect(refused).toMatchObject({ reason: "STORE", transient: true, remedy: "Make room there." });
    expect(refused.message).toMatch(`no space left in ${join(disk, "state")} (`);
    const seen = journal.run("R2");
    failureOf(() => {
      for (let index = 0; index < 1000; index += 1) journal.appendOutput("R1", 2, [output("x".repeat(10_000))]);
    });
    const before = journal.events("R1", 0, 10_000).length;
    expect(failureOf(() => journal.append("R2", 3, [{ type: "note", step: "", text: "x".repeat(500_000) }])).transient).toBe(true);
    expect(journal.run("R2")).toEqual(seen);
    expect(journal.findRequest("request of B2")).toBeNull();

    rmSync(filler);
    journal.append("R2", 4, [started]);
    journal.appendOutput("R1", 5, [output("there is room again")]);
    expect(journal.events("R1", 0, 10_000)).toHaveLength(before + 1);
    expect(journal.run("R2")?.state.phase).toBe("running");
  });

  test("without room for anything", () => {
    const disk = smallDisk(1024);
    if (disk === null) return;
    fill(join(disk, "filler"));
    const folder = join(disk, "state");
    expect(failureOf(() => open(folder))).toMatchObject({
      reason: "STORE",
      message: expect.stringMatching(`^no space left in ${folder} `) as string,
      transient: true,
    });
    rmSync(join(disk, "filler"));
    open(folder);
  });

  test("that can only be read", () => {
    const disk = smallDisk(1024);
    if (disk === null) return;
    const used = join(disk, "used");
    open(used).close();
    execFileSync("mount", ["-o", "remount,ro", disk]);
    for (const folder of [used, join(disk, "new")]) {
      const failure = failureOf(() => open(folder));
      expect(failure).toMatchObject({
        reason: "STORE",
        remedy: "Give the agent's user the right to write there, or set another state_dir.",
      });
      expect(failure.message).toMatch(`${folder} can't be written (`);
      expect(existsSync(join(disk, "new"))).toBe(false);
    }
  });
});

/** Writes until nothing more goes. */
function fill(file: string): void {
  mkdirSync(join(file, ".."), { recursive: true });
  for (const size of [64 * 1024, 4096, 1]) {
    try {
      for (;;) writeFileSync(file, Buffer.alloc(size), { flag: "a" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    }
  }
}
