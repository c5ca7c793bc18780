// The fault matrix: every call that a letsgo makes to its platform fails (once, or from then on), hangs, says that it has failed though
// it has not, or is made twice. However that ends: nobody works on anything afterwards, what is believed is what is there, and the
// next letsgo ends where it would have ended anyway.
import { hasEnded } from "../../src/agent/domain/run.ts";
import type { Driver } from "../../src/agent/driver/driver.ts";
import type { FaultRule } from "../../src/agent/driver/sim/faults.ts";
import { cameTo, story, wish, type Bench, type Life } from "./support/bench.ts";
import { ctid, settled } from "./support/house.ts";

let host: Bench;
afterEach(() => host.dispose());

type Fault = (nth: number) => Pick<FaultRule, "do"> & Partial<FaultRule>;

const faults: readonly { readonly name: string; readonly fault: Fault }[] = [
  { name: "fails once, before it has done anything", fault: (nth) => ({ nth, do: "fail", when: "before" }) },
  { name: "fails once, half done", fault: (nth) => ({ nth, do: "fail", when: "during" }) },
  { name: "says that it has failed, and is done", fault: (nth) => ({ nth, do: "fail", when: "after" }) },
  { name: "fails for a moment", fault: (nth) => ({ nth, do: "fail", when: "during", transient: true }) },
  { name: "fails, and everything after it too", fault: (nth) => ({ nth, times: 1000, do: "fail", when: "before" }) },
  { name: "hangs, before it has done anything", fault: (nth) => ({ nth, do: "hang", when: "before" }) },
  { name: "hangs, and is done", fault: (nth) => ({ nth, do: "hang", when: "after" }) },
  { name: "hangs, and everything after it too", fault: (nth) => ({ nth, times: 1000, do: "hang", when: "before" }) },
];

test.each(faults)("each call of a letsgo $name", async ({ fault }) => {
  host = await settled({ store: "memory" });
  const frozen = host.freeze();
  const undisturbed = host.live();
  await undisturbed.run(ctid, wish.letsgo);
  const calls = undisturbed.driver.calls().length;
  const expected = await left(undisturbed);

  for (let nth = 1; nth <= calls; nth += 1) {
    host.dispose();
    host = await settled({ store: "memory", from: frozen, faults: [{ call: "*", ctid, ...fault(nth) }] });
    const struck = host.live();
    const record = await struck.run(ctid, wish.letsgo);
    expect({ nth, ended: hasEnded(record.state), unfinished: struck.journal.unfinished() }).toEqual({ nth, ended: true, unfinished: [] });
    await agree(struck, nth);
    // What the run says of its container is what is there.
    if (record.state.touched) expect(`${nth}: ${cameTo(record)}`).toContain((await host.seen(ctid)).state);

    host.faults = [];
    const healed = host.live();
    const next = await healed.run(ctid, wish.letsgo);
    expect(`${nth}: ${cameTo(next)}`).toContain("succeeded");
    expect({ nth, ...(await left(healed)) }).toEqual({ nth, ...expected });
  }
});

test("each call of every kind of run is made twice: nothing comes of it", async () => {
  for (const kind of ["letsgo", "reconfigure", "rebaseline", "snapshot", "stop", "restart"] as const) {
    host = await settled({ store: "memory" });
    const frozen = host.freeze();
    const once = host.live();
    await once.run(ctid, wish[kind]);
    const expected = { story: lastStory(once), ...(await left(once)) };
    host.dispose();
    host = await settled({ store: "memory", from: frozen });
    const twice = host.live({ driver: doingTwice });
    await twice.run(ctid, wish[kind]);
    expect({ kind, story: lastStory(twice), ...(await left(twice)) }).toEqual({ kind, ...expected });
    host.dispose();
  }
  host = await settled({ store: "memory" });
});

/** What changes the container is done a second time as soon as it is done. Commands inside are the owner's, and are not. */
function doingTwice(driver: Driver): Driver {
  const twice =
    <A extends readonly unknown[], R>(method: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      const first = await method(...args);
      await method(...args);
      return first;
    };
  return {
    ...driver,
    configure: twice(driver.configure),
    attach: twice(driver.attach),
    start: twice(driver.start),
    stop: twice(driver.stop),
    snapshot: twice(driver.snapshot),
    restore: twice(driver.restore),
    deleteSnapshot: twice(driver.deleteSnapshot),
  };
}

function lastStory({ journal }: Life): readonly string[] {
  const [last] = journal.runs({ ctid, phases: [], limit: 1, before: null });
  return last === undefined ? [] : story(journal, last.id);
}

/** Nothing is believed of snapshots that are not there, nobody holds the container, nothing runs on the host for it. */
async function agree({ journal }: Life, nth: number): Promise<void> {
  const { snapshots, lock } = await host.seen(ctid);
  const believed = Object.keys(journal.ledgers().get(ctid)?.snapshots ?? {});
  const there = snapshots.map(({ name }) => name);
  expect({ nth, lock, onHost: host.storage.read().host_processes, believed: believed.filter((name) => !there.includes(name)) }).toEqual({
    nth,
    lock: null,
    onHost: [],
    believed: [],
  });
}

/** The container, its layers, data and ledger, without times and runs. */
async function left({ journal }: Life): Promise<object> {
  const { state, settings, attachments, lock, snapshots } = await host.seen(ctid);
  return {
    container: { state, settings, attachments, lock, snapshots: snapshots.map(({ name }) => name) },
    layers: host.layers(ctid),
    volumes: host.storage.read().volumes,
    ledger: journal.ledgers().get(ctid),
  };
}
