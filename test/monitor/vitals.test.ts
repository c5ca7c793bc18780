import { DatabaseSync } from "node:sqlite";
import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../../src/agent/domain/errors.ts";
import type { Log } from "../../src/agent/domain/log.ts";
import { virtualClock } from "../../src/agent/driver/sim/virtual-clock.ts";
import { createVitals, patience } from "../../src/agent/monitor/vitals.ts";
import type { Beat } from "../../src/agent/schedule/beat.ts";
import { feelPulse } from "../../src/agent/schedule/pulse.ts";
import { open, smallDisk, temporaryFolder } from "../store/support/folder.ts";

const minute = 60_000;

function make(driver: () => unknown) {
  const clock = virtualClock();
  const logged: string[] = [];
  const at = (level: string) => (_: object, message: string) => void logged.push(`${level}: ${message}`);
  const log: Log = { trace: () => {}, debug: () => {}, info: at("info"), warn: at("warn"), error: at("error") };
  const vitals = createVitals({ probes: { driver, database: () => {}, scheduler: () => {} }, clock, log });
  return { clock, logged, vitals };
}

test("one that fails is ill until it answers again; both are told once, and in the log", async () => {
  let why: string | null = "the folder is not there";
  const { clock, logged, vitals } = make(() => {
    if (why !== null) throw new Fault("BACKEND_FAILED", why);
  });
  let changes = 0;
  const end = vitals.onChange(() => (changes += 1));
  vitals.follow();
  await clock.advance(0);
  expect([vitals.latest("driver"), vitals.latest("database"), changes]).toEqual(["the folder is not there", null, 1]);
  await clock.advance(10 * minute);
  expect(changes).toBe(1);
  why = null;
  await clock.advance(minute);
  expect([vitals.latest("driver"), changes]).toEqual([null, 2]);
  expect(logged).toEqual(["error: the driver is not well: the folder is not there", "info: the driver is well again"]);
  end();
  vitals.close();
  await clock.advance(minute);
  expect(clock.sleepers()).toBe(0);
});

test("one that hangs is ill, is not asked a second time meanwhile, and is well when it answers after all", async () => {
  let asked = 0;
  let answer = () => {};
  const { clock, vitals } = make(() => {
    asked += 1;
    return new Promise<void>((resolve) => (answer = resolve));
  });
  const looked = vitals.look("driver");
  await clock.advance(patience);
  await looked;
  expect(vitals.latest("driver")).toBe("no answer for 10 s");
  await clock.advance(minute);
  const again = vitals.look("driver");
  await clock.advance(1);
  answer();
  await again;
  expect([vitals.latest("driver"), asked]).toEqual([null, 1]);
});

test("looks that follow closely are one", async () => {
  let asked = 0;
  const { clock, vitals } = make(() => (asked += 1));
  await vitals.look("driver");
  await vitals.look("driver");
  expect(asked).toBe(1);
  await clock.advance(minute);
  await vitals.look("driver");
  expect(asked).toBe(2);
});

test("a scheduler whose beats have stopped is ill; one on a machine that has slept, or that goes on, is not", async () => {
  const clock = virtualClock();
  let call = () => {};
  const beat: Beat = (every, called) => {
    expect(every).toBe("minute");
    call = called;
    return { stop: () => {} };
  };
  const pulse = feelPulse(beat, clock);
  await clock.advance(2 * minute);
  expect(pulse.check).not.toThrow();
  await clock.advance(minute);
  expect(pulse.check).toThrow("schedules have not been looked at for 180 s");
  clock.set(clock.now() + 600 * minute);
  call();
  expect(pulse.check).not.toThrow();
});

describe("the database", () => {
  test("that can be written is well, and is not changed by being looked at", () => {
    const folder = temporaryFolder();
    const store = open(folder);
    const dump = () => {
      const database = new DatabaseSync(join(folder, "phoenix.db"), { readOnly: true });
      const rows = [database.prepare("PRAGMA user_version").get(), database.prepare("SELECT count(*) FROM sqlite_schema").get()];
      database.close();
      return rows;
    };
    const before = dump();
    store.probe();
    expect(dump()).toEqual(before);
  });

  test("on a full disk is ill, and well when there is room", () => {
    const folder = smallDisk(2048);
    if (folder === null) return;
    const store = open(folder);
    const filling = join(folder, "filling");
    writeFileSync(filling, Buffer.alloc(statfsSync(folder).bavail * statfsSync(folder).bsize));
    expect(() => {
      // What the log has room for is written there.
      for (let round = 0; round < 2000; round += 1) store.probe();
    }).toThrow("no space left");
    rmSync(filling);
    expect(store.probe).not.toThrow();
  });
});
