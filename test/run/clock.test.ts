// The clock on the wall is set while runs are under way: by a day back or forth, as an administrator or NTP would.
import type { Journal } from "../../src/agent/domain/journal.ts";
import { cameTo, doneSteps, story, wish, type Bench } from "./support/bench.ts";
import { ctid, script, settled } from "./support/house.ts";

let host: Bench;
afterEach(() => host.dispose());

const day = 24 * 60 * 60 * 1000;

test.each([
  ["back", -day],
  ["forth", day],
])("the clock is set %s at every event of a letsgo: the same run, and no time below zero", async (_, by) => {
  host = await settled({ store: "memory" });
  host.scripts["950.sh"] = `${script}# sim: sleep 60\n`;
  const frozen = host.freeze();
  const undisturbed = host.live();
  const { id } = await undisturbed.run(ctid, wish.letsgo);
  const events = undisturbed.journal.events(id, 0, 1000).length;
  const expected = story(undisturbed.journal, id);

  for (let nth = 1; nth <= events; nth += 1) {
    host.dispose();
    host = await settled({ store: "memory", from: frozen });
    host.scripts["950.sh"] = `${script}# sim: sleep 60\n`;
    const life = host.live({ journal: jumping(nth, by) });
    const record = await life.run(ctid, wish.letsgo);
    expect({ nth, came: cameTo(record).split(":")[0], story: story(life.journal, record.id) }).toEqual({
      nth,
      came: "succeeded",
      story: expected,
    });
    const times = life.journal.events(record.id, 0, 1000).flatMap(({ event }) => ("ms" in event ? [event.ms, event.platform_ms] : []));
    const estimate = life.orchestrator.estimate(record.plan);
    const all = [...times, record.away_ms, record.platform_ms, estimate?.ms ?? 0, ...(estimate?.steps.values() ?? [])];
    expect({ nth, below: all.filter((ms) => ms < 0) }).toEqual({ nth, below: [] });
  }
});

test("a step's time-out is not the wall's: a script of a minute ends at a minute, whatever the clock shows", async () => {
  for (const by of [-day, day]) {
    host = await settled({ store: "memory" });
    host.scripts["950.sh"] = `${script}# sim: sleep 60\n`;
    const life = host.live();
    const run = await life.begin(ctid, wish.letsgo);
    for await (const { event } of life.orchestrator.watch(run, 0, new AbortController().signal)) {
      if (event.type === "step-started" && event.step === "application") host.clock.set(host.clock.now() + by);
      if (event.type === "step-finished" && event.step === "application") expect(Math.round(event.ms / 1000)).toBe(60);
    }
    expect(doneSteps(life.journal, run)).toContain("application");
    host.dispose();
  }
  host = await settled({ store: "memory" });
});

test("the agent is away while the clock is set: it is taken up again all the same", async () => {
  for (const by of [-day, day]) {
    host = await settled({ store: "memory" });
    host.scripts["950.sh"] = `${script}# sim: sleep 60\n`;
    const first = host.live();
    const run = await first.begin(ctid, wish.letsgo);
    for await (const { event } of first.orchestrator.watch(run, 0, new AbortController().signal)) {
      if (event.type === "step-started" && event.step === "application") break;
    }
    await first.orchestrator.close();
    host.clock.set(host.clock.now() + by);
    const second = host.live();
    await second.orchestrator.recover();
    const record = await second.ended(run);
    expect(cameTo(record)).toContain("succeeded");
    expect(record.away_ms).toBeGreaterThanOrEqual(0);
    host.dispose();
  }
  host = await settled({ store: "memory" });
});

/** Sets the clock right after the nth event was written. */
function jumping(nth: number, by: number): (journal: Journal) => Journal {
  return (journal) => {
    let written = 0;
    return {
      ...journal,
      append: (...args) => {
        const entry = journal.append(...args);
        written += 1;
        if (written === nth) host.clock.set(host.clock.now() + by);
        return entry;
      },
    };
  };
}
