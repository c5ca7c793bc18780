// Every file of test/golden/boot is a boot: what is there above the dashes, what happens below. UPDATE_GOLDEN=1 writes what happens.
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { RunRecord } from "../../../src/agent/domain/journal.ts";
import type { BootPlan } from "../../../src/agent/plan/boot.ts";
import type { BootStarted } from "../../../src/agent/run/boot.ts";
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
  /** Over when the life has seen to what there was to be seen to. */
  woken: Promise<void>;
}

/** A new life of the agent in place of the last one. */
function live(play: Play): void {
  play.soul = mortal();
  play.life = play.host.live(play.soul.wrapping);
  play.woken = play.life.wake();
}

/** What others do. "agent dies": it is killed; "agent lives": it is started again; "host reboots": both, and everything stops. */
const deeds: Readonly<Record<string, (play: Play, words: readonly string[]) => Promise<void> | void>> = {
  machine: ({ life }, [id, does]) => life.driver.outside.machine(Number(id), does === "starts" ? "running" : "stopped"),
  stop: ({ life }, [ctid]) => life.driver.outside.stop(Number(ctid)),
  heal: ({ life }, [ctid]) => life.driver.outside.write(Number(ctid), "/healthy", "yes"),
  lock: ({ life }, [ctid]) => life.driver.outside.lock(Number(ctid), "backup"),
  stubborn: ({ life }, [ctid]) => life.driver.outside.stubborn(Number(ctid), true),
  agent: (play, [does]) => (does === "dies" ? play.soul.die() : live(play)),
  host: (play) => {
    play.soul.die();
    play.host.outside.reboot();
    play.host.boot_id = `${play.host.boot_id}+`;
    live(play);
  },
};

async function happens(scenario: Scenario): Promise<string> {
  const { guests, machines, strangers, room, only, events } = scenario;
  const leases = scenario.leased.map((ctid) => ({ ctid, holder: "ana", reason: "", since: 0, until: Date.UTC(2027, 0) }));
  const host = hostOf(guests, { faults: scenario.faults, boot_parallel: room, leases });
  for (const [id, state] of Object.entries(machines)) host.outside.machine(Number(id), state);
  for (const [id, state] of Object.entries(strangers)) {
    host.outside.add(Number(id));
    if (state === "running") host.outside.start(Number(id));
  }
  const soul = mortal();
  const play: Play = { host, life: host.live(soul.wrapping), soul, woken: Promise.resolve() };
  await play.life.wake();
  const since = host.clock.now();
  const { boots } = play.life;
  const { plan } = await boots.plan(only);
  const { refused } = await begin(scenario, play);
  for (const { at_s, what } of events) {
    await host.clock.sleep(at_s * 1000 - (host.clock.now() - since), new AbortController().signal);
    const [deed = "", ...words] = what.split(" ");
    const does = deeds[deed];
    if (does === undefined) throw new Error(`nobody can "${what}"`);
    await does(play, words);
  }
  await play.woken;
  const ended: RunRecord[] = [];
  for (const { id } of play.life.journal.runs(everything).toReversed()) ended.push(await play.life.ended(id));
  const told = log(play.life, ended, since);
  host.dispose();
  return [
    ...problems(plan),
    ...refused.map(({ request }) => `${request.ctid} is not ${scenario.what === "shutdown" ? "stopped" : "started"}`),
    ...told,
  ].join("\n");
}

const everything = { ctid: null, phases: [], limit: 100, before: null };

async function begin({ what, only }: Scenario, play: Play): Promise<Pick<BootStarted, "refused">> {
  const { boots } = play.life;
  if (what === "boot") return boots.start("boot", only);
  if (what === "shutdown") return boots.shutdown("shutdown", "respect");
  await deeds["host"]?.(play, []);
  return { refused: [] };
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
