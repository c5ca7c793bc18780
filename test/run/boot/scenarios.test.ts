// Every file of test/golden/boot is a boot: what is there above the dashes, what happens below. UPDATE_GOLDEN=1 writes what happens.
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { RunRecord } from "../../../src/agent/domain/journal.ts";
import type { BootPlan } from "../../../src/agent/plan/boot.ts";
import type { Bench, Life } from "../support/bench.ts";
import { mortal, type Mortal } from "../support/mortal.ts";
import { parseScenario, type Scenario } from "./scenario.ts";
import { hostOf, log } from "./support.ts";

const folder = join(__dirname, "../../golden/boot");
const dashes = "\n---\n";

interface Play {
  readonly host: Bench;
  life: Life;
  soul: Mortal;
}

/** What others do. "agent dies": it is killed; "agent lives": it is started again. */
const deeds: Readonly<Record<string, (play: Play, words: readonly string[]) => Promise<void> | void>> = {
  machine: ({ life }, [id, does]) => life.driver.outside.machine(Number(id), does === "starts" ? "running" : "stopped"),
  stop: ({ life }, [ctid]) => life.driver.outside.stop(Number(ctid)),
  heal: ({ life }, [ctid]) => life.driver.outside.write(Number(ctid), "/healthy", "yes"),
  lock: ({ life }, [ctid]) => life.driver.outside.lock(Number(ctid), "backup"),
  stubborn: ({ life }, [ctid]) => life.driver.outside.stubborn(Number(ctid), true),
  agent: async (play, [does]) => {
    if (does === "dies") {
      play.soul.die();
    } else {
      play.soul = mortal();
      play.life = play.host.live(play.soul.wrapping);
      await play.life.orchestrator.recover();
    }
  },
};

async function happens(scenario: Scenario): Promise<string> {
  const { guests, machines, strangers, room, only, events } = scenario;
  const host = hostOf(guests, { faults: scenario.faults, boot_parallel: room });
  for (const [id, state] of Object.entries(machines)) host.outside.machine(Number(id), state);
  for (const [id, state] of Object.entries(strangers)) {
    host.outside.add(Number(id));
    if (state === "running") host.outside.start(Number(id));
  }
  const soul = mortal();
  const play: Play = { host, life: host.live(soul.wrapping), soul };
  const since = host.clock.now();
  const { boots } = play.life;
  const { plan } = await boots.plan(only);
  const { runs, refused } = await (scenario.what === "boot" ? boots.start("boot", only) : boots.shutdown("shutdown", "respect"));
  for (const { at_s, what } of events) {
    await host.clock.sleep(at_s * 1000 - (host.clock.now() - since), new AbortController().signal);
    const [deed = "", ...words] = what.split(" ");
    const does = deeds[deed];
    if (does === undefined) throw new Error(`nobody can "${what}"`);
    await does(play, words);
  }
  const ended: RunRecord[] = [];
  for (const { id } of runs) ended.push(await play.life.ended(id));
  const told = log(play.life, ended, since);
  host.dispose();
  return [
    ...problems(plan),
    ...refused.map(({ request }) => `${request.ctid} is not ${scenario.what === "boot" ? "started" : "stopped"}`),
    ...told,
  ].join("\n");
}

function problems({ problems: found }: BootPlan): readonly string[] {
  return found.map(({ severity, reason, ctid, message }) => `${severity} ${reason}: ${ctid} ${message}`);
}

const files = globSync(join(folder, "*.txt")).toSorted();

test("there are some twenty", () => {
  expect(files.length).toBeGreaterThanOrEqual(20);
});

test.each(files.map((file) => [basename(file, ".txt"), file]))("%s", async (_, file) => {
  const [given = ""] = readFileSync(file, "utf8").split(dashes);
  const text = `${given.trimEnd()}${dashes}${await happens(parseScenario(given))}\n`;
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, "utf8"));
});
