import { importGraph, type ImportGraph, type Imports } from "./import-graph.ts";
import { rules, violations } from "./import-rules.ts";

describe("in src", () => {
  let graph: ImportGraph;

  beforeAll(async () => {
    graph = await importGraph();
  });

  test.each(rules)("$name", (rule) => {
    expect(violations(rule, graph)).toEqual([]);
  });
});

describe("in a house where everybody breaks the rules", () => {
  const graph: ImportGraph = new Map(
    Object.entries({
      "src/agent/domain/step.ts": imports(["node:crypto"]),
      "src/agent/plan/boot.ts": imports(["src/agent/config/load.ts"], ["src/agent/config/shape.ts", "src/agent/driver/driver.ts"]),
      "src/agent/config/load.ts": imports(["node:fs"]),
      "src/agent/run/execute.ts": imports(["src/agent/run/deeper.ts", "src/agent/driver/driver.ts"]),
      "src/agent/run/deeper.ts": imports(["src/agent/driver/sim/sim.ts"]),
      "src/agent/driver/sim/sim.ts": imports([], ["src/agent/run/execute.ts"]),
      "src/agent/store/runs.ts": imports(["src/agent/driver/driver.ts"], ["src/agent/domain/journal.ts"]),
      "src/agent/schedule/cron.ts": imports(["src/agent/api/errors.ts"]),
      "src/agent/api/errors.ts": imports([], ["src/agent/agent.ts"]),
      "src/ctl/commands/ps.ts": imports(["src/agent/domain/step.ts", "node:child_process"]),
      "src/ctl/render/table.ts": imports(["src/ctl/render/file.ts"]),
      "src/ctl/render/file.ts": imports(["node:fs/promises"]),
    }),
  );

  test.each([
    ["domain imports nothing", ["src/agent/domain/step.ts -> node:crypto"]],
    [
      "plan knows the domain, and the configuration as types",
      ["src/agent/plan/boot.ts -> src/agent/driver/driver.ts (type)", "src/agent/plan/boot.ts -> src/agent/config/load.ts"],
    ],
    [
      "run knows drivers and journal as interfaces",
      [
        "src/agent/run/execute.ts -> src/agent/run/deeper.ts -> src/agent/driver/sim/sim.ts",
        "src/agent/run/deeper.ts -> src/agent/driver/sim/sim.ts",
      ],
    ],
    ["driver knows neither store nor run", ["src/agent/driver/sim/sim.ts -> src/agent/run/execute.ts (type)"]],
    ["store knows neither driver nor run", ["src/agent/store/runs.ts -> src/agent/driver/driver.ts"]],
    ["nothing imports api or agent.ts", ["src/agent/schedule/cron.ts -> src/agent/api/errors.ts"]],
    ["api does not import the parts that wire it", ["src/agent/api/errors.ts -> src/agent/agent.ts (type)"]],
    ["the client never reaches the agent", ["src/ctl/commands/ps.ts -> src/agent/domain/step.ts"]],
    ["one file spawns processes", ["src/ctl/commands/ps.ts -> node:child_process"]],
    [
      "render is pure",
      ["src/ctl/render/table.ts -> src/ctl/render/file.ts -> node:fs/promises", "src/ctl/render/file.ts -> node:fs/promises"],
    ],
  ])("%s: every chain is found", (name, expected) => {
    const rule = rules.find((one) => one.name === name);
    expect(rule && violations(rule, graph)).toEqual(expected);
  });
});

function imports(values: string[], types: string[] = []): Imports {
  return { values, types };
}
