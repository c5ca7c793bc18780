// A process of its own that restores container 950 of the platform in a folder; for tests in which it is killed.
import { realClock } from "../../../src/agent/domain/clock.ts";
import { simFromSettings } from "../../../src/agent/driver/sim/from-settings.ts";

const folder = process.argv[2] ?? "";
const driver = simFromSettings(
  {
    state: `${folder}/state.json`,
    faults: `${folder}/faults.json`,
    log: `${folder}/calls.ndjson`,
    latency_ms: 0,
    pools: {},
    atomic_replace: true,
    unknown_commands: "fail",
  },
  realClock,
);
await driver.restore(950, "base", { run: "01JD0000000000000000000000", signal: new AbortController().signal, note: () => {} });
console.log("done");
