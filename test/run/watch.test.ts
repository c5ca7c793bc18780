// Watching: from any seq on, while the run goes on, every event exactly once and in order.
import type { Entry } from "../../src/agent/domain/journal.ts";
import type { Life } from "./support/bench.ts";
import { bench, wish, type Bench } from "./support/bench.ts";
import { ctid, script, settled } from "./support/house.ts";
import * as w from "../support/world.ts";

let host: Bench;
afterEach(() => host.dispose());

async function seen({ orchestrator }: Life, run: string, from: number, signal = new AbortController().signal): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of orchestrator.watch(run, from, signal)) entries.push(entry);
  return entries;
}

test("from any seq, before, in and after the run", async () => {
  host = await settled();
  const life = host.live();
  const run = await life.begin(ctid, wish.letsgo);
  const during = seen(life, run, 0);
  await life.ended(run);
  const all = life.journal.events(run, 0, 10_000);
  expect(await during).toEqual(all);
  for (const from of [0, 1, ...all.map(({ seq }) => seq)])
    expect(await seen(life, run, from)).toEqual(all.filter(({ seq }) => seq >= from));
  expect(await seen(life, run, (all.at(-1)?.seq ?? 0) + 1)).toEqual([]);
});

test("a hundred watchers that come at any time see the same", async () => {
  host = await settled();
  const life = host.live();
  const run = await life.begin(ctid, wish.letsgo);
  const watchers: Promise<readonly Entry[]>[] = [];
  for await (const { seq } of life.orchestrator.watch(run, 0, new AbortController().signal)) {
    for (let more = 0; more < 5; more += 1) watchers.push(seen(life, run, seq));
  }
  const all = life.journal.events(run, 0, 10_000);
  expect(watchers.length).toBeGreaterThan(100);
  for (const entries of await Promise.all(watchers)) expect(entries).toEqual(all.slice(-entries.length));
});

test("more events than are read at a time, all of them, in order", async () => {
  host = await settled();
  host.scripts["950.sh"] = `${script}# sim: print 20000 lines\n`;
  const life = host.live();
  const run = await life.begin(ctid, wish.letsgo);
  const entries = await seen(life, run, 0);
  const text = entries.flatMap(({ event }) => (event.type === "output" && event.step === "application" ? [event.text] : [])).join("");
  expect(text).toBe(["working", ...Array.from({ length: 20_000 }, (_, at) => `line ${at + 1}`), ""].join("\n"));
});

test("a watcher that goes away is let go, and the run goes on", async () => {
  host = await settled();
  host.scripts["950.sh"] = `${script}# sim: sleep 600\n`;
  const life = host.live();
  const run = await life.begin(ctid, wish.letsgo);
  const leaving = new AbortController();
  const watched: Entry[] = [];
  for await (const entry of life.orchestrator.watch(run, 0, leaving.signal)) {
    watched.push(entry);
    if (watched.length === 3) leaving.abort();
  }
  expect(watched).toHaveLength(3);
  expect((await life.ended(run)).state.phase).toBe("succeeded");
});

test("in the next life it goes on where the last watcher was, without a gap", async () => {
  host = await settled();
  host.scripts["950.sh"] = `${script}# sim: sleep 600\n`;
  const life = host.live();
  const run = await life.begin(ctid, wish.letsgo);
  const before: Entry[] = [];
  for await (const entry of life.orchestrator.watch(run, 0, new AbortController().signal)) {
    before.push(entry);
    if (entry.event.type === "step-started" && entry.event.step === "application") break;
  }
  await life.orchestrator.close();
  const next = host.live();
  await next.orchestrator.recover();
  const after = await seen(next, run, (before.at(-1)?.seq ?? 0) + 1);
  expect([...before, ...after]).toEqual(next.journal.events(run, 0, 10_000));
});

test("a run that is dropped from the queue is seen to end", async () => {
  const configs = [w.config({ ctid: 951, application: w.application("951.sh") }), w.config({ ctid: 952, dependencies: [951] })];
  host = bench({ configs, scripts: { "951.sh": "# sim: exit 3\n" } });
  const life = host.live();
  const { runs } = await life.orchestrator.start("both", wish.orchestrate, [951, 952], "refuse");
  const entries = await seen(life, runs[1]?.id ?? "", 0);
  expect(entries.map(({ event }) => event.type)).toEqual(["created", "finished"]);
});

test("output is decoded, whole lines, from both streams; what is no text becomes a mark", async () => {
  host = await settled();
  host.scripts["950.sh"] = `${script}# sim: bytes c3 a4 0a\n# sim: echo wrong >&2\n# sim: bytes ff fe 41\n`;
  const life = host.live();
  const entries = await seen(life, await life.begin(ctid, wish.letsgo), 0);
  const of = (stream: string) =>
    entries.flatMap(({ event }) => (event.type === "output" && event.stream === stream ? [event.text] : [])).join("");
  expect(of("stdout")).toContain("working\nä\n\uFFFD\uFFFDA");
  expect(of("stderr")).toBe("wrong\n");
});

test("a watcher that has stopped reading does not slow the run, and finds everything when it reads on", async () => {
  host = await settled();
  host.scripts["950.sh"] = `${script}${"# sim: echo line\n".repeat(500)}`;
  const { orchestrator, begin, ended, journal } = host.live();
  const id = await begin(ctid, wish.letsgo);
  const watcher = orchestrator.watch(id, 0, new AbortController().signal)[Symbol.asyncIterator]();
  const first = await watcher.next();
  expect((await ended(id)).state.phase).toBe("succeeded");
  const seqs = first.done === true ? [] : [first.value.seq];
  for (let next = await watcher.next(); next.done !== true; next = await watcher.next()) seqs.push(next.value.seq);
  expect(seqs).toEqual(journal.events(id, 0, 10_000).map(({ seq }) => seq));
});
