// Each level says what the one above it says, and something more.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeHouse, simGround, until, type House } from "./support/house.ts";

interface Line {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

const levels = ["trace", "debug", "info", "warn", "error"] as const;

/** What has to be said at which level; a part of the line. */
const said: readonly (readonly [(typeof levels)[number], Readonly<Record<string, unknown>>])[] = [
  ["trace", { msg: "driver call begins", call: "exec", ctid: 900, args: [expect.objectContaining({ argv: ["true", "--api-key", "…"] })] }],
  ["trace", { msg: "call begins", method: "/phoenix.v1.HostService/ListContainers", caller: "local", request: expect.anything() }],
  ["debug", { msg: "driver call", call: "create", ctid: 900, run: expect.any(String), ms: expect.any(Number), result: "done" }],
  ["debug", { msg: "driver call", call: "exec", ctid: 900, result: 0 }],
  ["debug", { msg: "driver call failed", call: "exec", ctid: 953, reason: "CONTAINER_MISSING", error: expect.any(String) }],
  ["debug", { msg: "call", method: "/phoenix.v1.HostService/ListContainers", caller: "local", ms: expect.any(Number) }],
  ["info", { msg: "run begins", ctid: 900, kind: "orchestrate" }],
  ["info", { msg: "call", method: "/phoenix.v1.OrchestrationService/StartRun" }],
  ["warn", { msg: expect.stringContaining("run failed"), ctid: 900, kind: "stop" }],
  ["error", { msg: expect.stringContaining("the driver is not well") }],
];

let house: House;
afterEach(() => house.dispose());

// The others would only show that pino can count.
test.each(["trace", "debug", "info"] as const)("%s", async (level) => {
  house = makeHouse({
    ...simGround(),
    settings: ["driver: sim", "sim: { state: sim.json, faults: faults.json, unknown_commands: succeed }", `log: { level: ${level} }`],
  });
  const faults = (...rules: readonly object[]) => writeFileSync(join(house.folder, "faults.json"), JSON.stringify(rules));
  faults({ call: "observe", do: "fail", message: "the platform is away" });
  await house.startAgent();
  await until(() => house.agentLog().includes("the driver is not well"));
  faults({ call: "stop", do: "fail", message: "no" });
  expect(house.ctl("orchestrate", "900").code).toBe(0);
  expect(house.ctl("ps").code).toBe(0);
  expect(house.ctl("exec", "900", "--", "true", "--api-key", "planted-in-argv").code).toBe(0);
  expect(house.ctl("exec", "953", "--", "true").code).not.toBe(0);
  expect(house.ctl("stop", "900").code).toBe(1);
  await house.endAgent("SIGTERM");
  const lines = house
    .agentLog()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
  const least = levels.indexOf(level);
  expect([...new Set(lines.map((line) => line.level))].filter((each) => levels.indexOf(each as (typeof levels)[number]) < least)).toEqual(
    [],
  );
  for (const [of, part] of said) {
    const matching = lines.filter((line) => line.level === of);
    if (levels.indexOf(of) < least) expect(matching).toEqual([]);
    else expect(matching).toContainEqual(expect.objectContaining(part));
  }
  expect(house.agentLog()).not.toContain("planted-in-argv");
});
