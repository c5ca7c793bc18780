// What the agent writes: the form of a line, and that no secret is in any.
import { stripVTControlCharacters } from "node:util";
import { Fault } from "../../src/agent/domain/errors.ts";
import { about } from "../../src/agent/domain/log.ts";
import { createLog, forPeople, type LogOutput } from "../../src/agent/monitor/log.ts";
import { all, closeAll, serve } from "../api/support/serve.ts";

afterEach(closeAll);

function written(form: LogOutput["form"], level: Parameters<typeof createLog>[0] = "trace") {
  const lines: string[] = [];
  return { lines, log: createLog(level, { form, host: "pve1", write: (line) => void lines.push(line) }) };
}

test("JSON is an object a line, with run and container on each line about them", () => {
  const { lines, log } = written("json");
  about(log, { run: "01K", ctid: 950 }).warn({ step: "health" }, "not well yet");
  expect(lines).toEqual([expect.stringMatching(/^\{.*\}\n$/)]);
  expect(JSON.parse(lines[0] ?? "")).toEqual({
    level: "warn",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
    host: "pve1",
    run: "01K",
    ctid: 950,
    step: "health",
    msg: "not well yet",
  });
});

test.each<[string, object, string]>([
  ["the agent itself", {}, "info  the agent is up"],
  ["a container and its run", { run: "01K", ctid: 950 }, "info  950 01K: the agent is up"],
  ["more than that", { ctid: 950, method: "/a/B", why: "two words" }, 'info  950: the agent is up  (method=/a/B why="two words")'],
])("a terminal gets a line for people: %s", (_, fields, expected) => {
  const time = "2026-11-26T12:00:00.000Z";
  const line = stripVTControlCharacters(forPeople({ level: "info", time, host: "pve1", msg: "the agent is up", ...fields }));
  expect(line).toMatch(/^\d\d:00:00 /);
  expect(line.slice(9)).toBe(`${expected}\n`);
});

test("JSON has the type, the message and the stack of a defect", () => {
  const { lines, log } = written("json");
  log.error({ err: new TypeError("broken") }, "a call failed");
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    err: { type: "TypeError", message: "broken", stack: expect.stringContaining("TypeError: broken") as string },
  });
});

test("the stack of a defect stands on lines of its own", () => {
  const { lines, log } = written("terminal");
  log.error({ err: new Error("broken") }, "a call failed");
  expect(stripVTControlCharacters(lines.join(""))).toMatch(/ error a call failed\n {2}Error: broken\n {6}at /);
});

test("what is below the level is not written", () => {
  const { lines, log } = written("json", "error");
  log.info({}, "one");
  log.warn({}, "two");
  log.error({}, "three");
  expect(lines).toEqual([expect.stringContaining("three")]);
});

const planted = "correct-horse-battery-staple";

test.each(["json", "terminal"] as const)(
  "a secret that a call brings along is in no line, whether it is done, refused or broken: %s",
  async (form) => {
    const { lines, log } = written(form);
    const ends = [
      () => Promise.resolve(0),
      () => Promise.reject(new Fault("CONTAINER_MISSING", `the platform said: DB_PASSWORD=${planted}`)),
      () => Promise.reject(new Error(`psql postgres://app:${planted}@db/app failed`)),
    ];
    const served = await serve({ driver: { exec: () => (ends.shift() ?? (() => Promise.resolve(0)))() } }, { log });
    for (const argv of [["env"], ["psql", "--password", planted], ["curl", "-H", `Authorization: Bearer ${planted}`]]) {
      const call = served.duplex("host/Exec");
      call.end({ command: { ctid: 950, argv, env: { ANYTHING: planted, HF_TOKEN: planted }, timeout_s: 0 } });
      await all(call).catch(() => []);
    }
    expect(lines.filter((line) => line.includes("950"))).toHaveLength(3);
    expect(lines.join("")).not.toContain(planted);
  },
);
