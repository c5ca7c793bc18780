// Cancel, at every step of every kind: where it strikes the container is brought back, or left; where it may not, the run goes on.
import { runKinds, type RunKind } from "../../src/agent/domain/plan.ts";
import type { Wish } from "../../src/agent/run/orchestrator.ts";
import * as w from "../support/world.ts";
import { bench, cameTo, story, wish, type Bench, type Frozen } from "./support/bench.ts";
import { ctid, empty, script, settled, wanted } from "./support/house.ts";

const template = w.config({ ctid: 900, template_snapshot: "golden" });
const insured = { sim: { capabilities: { atomic_replace: false, live_settings: [], live_attach: false } } } as const;
const frozen = new Map<string, Frozen>();

beforeAll(async () => {
  for (const [name, options] of [
    ["plain", {}],
    ["insured", insured],
  ] as const) {
    const host = await settled({ store: "memory", ...options });
    frozen.set(name, host.freeze());
    host.dispose();
  }
  const templates = bench({ configs: [template], store: "memory" });
  await templates.live().run(template.ctid, wish.orchestrate);
  frozen.set("templates", templates.freeze());
  templates.dispose();
});

const withGpu = (host: Bench) => {
  host.manifest.set(ctid, { ...wanted, gpus: [0] });
  return host;
};
const plain = () => empty({ from: frozen.get("plain") ?? never() });
/** A host without the container that a clone makes. */
const cloning = () => empty({ from: frozen.get("templates") ?? never(), configs: [template] });
const nothing = () => empty({ store: "memory" });

const kinds: readonly (readonly [string, () => Bench, Wish])[] = [
  ["orchestrate, a new container", nothing, wish.orchestrate],
  ["orchestrate, an existing one", () => edited(plain()), wish.orchestrate],
  ["rebaseline", () => edited(plain()), wish.rebaseline],
  ["reconfigure", () => edited(plain()), wish.reconfigure],
  ["letsgo", () => edited(plain()), wish.letsgo],
  ["letsgo, insured", () => edited(empty({ from: frozen.get("insured") ?? never(), ...insured })), wish.letsgo],
  ["letsgo, kept", () => kept(plain()), wish.letsgo],
  ["snapshot", plain, wish.snapshot],
  ["restore", plain, wish.restore],
  ["delete", plain, { ...wish.delete, snapshot: "final-form" }],
  ["start", plain, wish.start],
  ["stop", plain, wish.stop],
  ["restart", plain, wish.restart],
  ["autostart", plain, wish.autostart],
  ["clone", cloning, wish.clone],
  ["gpu-shutdown", () => withGpu(plain()), wish["gpu-shutdown"]],
];

/** How it is told that a run of some kinds was undone. */
const undone: Readonly<Partial<Record<RunKind, string>>> = {
  restore: "cancelled: The container is as it was before",
  clone: "cancelled: The clone was taken away again",
};

/** What a cancel at a step, while it is under way, comes to by the plan alone. */
function documented(kind: RunKind, if_stopped: string, step: string): string {
  if (if_stopped === "commit") return "succeeded";
  if (step === "preflight") return "cancelled: Nothing was changed.";
  return if_stopped === "undo" ? (undone[kind] ?? "cancelled: The container is back") : "cancelled: The container is left";
}

test("every kind is tried", () => {
  expect(new Set(kinds.map(([, , { kind }]) => kind))).toEqual(new Set(runKinds));
});

test.each(kinds)("%s: at every step", async (_name, make, asked) => {
  const first = make();
  const before = JSON.stringify(first.storage.read().containers[ctid]?.rootfs);
  const [plan] = await first.live().orchestrator.plan(asked, [ctid]);
  first.dispose();
  for (const { id, if_stopped } of plan?.steps ?? never()) {
    const host = make();
    const life = host.live();
    const run = await life.begin(ctid, asked);
    for await (const { event } of life.orchestrator.watch(run, 0, new AbortController().signal)) {
      if (event.type === "step-started" && event.step === id) life.orchestrator.cancel(run);
    }
    const record = await life.ended(run);
    const told = `${record.state.phase}: ${record.state.outcome}`;
    // A step that is done before it hears of the cancel is done; the cancel strikes at the next one.
    const next = plan?.steps[plan.steps.findIndex((step) => step.id === id) + 1];
    const expected = [
      documented(asked.kind, if_stopped, id),
      next === undefined ? "succeeded" : documented(asked.kind, next.if_stopped, next.id),
    ];
    expect([id, told, expected.some((text) => told.startsWith(text))]).toEqual([id, told, true]);
    expect(life.journal.unfinished()).toEqual([]);
    if (told.startsWith("cancelled: The clone")) expect(host.storage.read().containers[ctid]).toBeUndefined();
    if (told.startsWith("cancelled: The container is back") || told.startsWith("cancelled: The container is as it was")) {
      const { rootfs, state, lock } = host.storage.read().containers[ctid] ?? never();
      expect(state).toBe("running");
      expect(lock).toBeNull();
      expect(JSON.stringify(rootfs)).toBe(asked.kind === "restore" ? before : before?.replace(/,"\/by-hand":\{[^}]*\}/, ""));
    }
    host.dispose();
  }
});

test("in the queue: it never began, and who comes after it goes on", async () => {
  const host = plain();
  host.scripts["950.sh"] = `${script}# sim: sleep 60\n`;
  const { orchestrator, ended, begin, journal } = host.live();
  const first = await begin(ctid, wish.letsgo);
  const queued = async (id: string) => (await orchestrator.start(id, wish.stop, [ctid], "queue")).runs[0]?.id ?? never();
  const second = await queued("second");
  const third = await queued("third");
  orchestrator.cancel(second);
  expect(cameTo(await ended(second))).toBe("cancelled: It never began. Nothing was changed.");
  expect(cameTo(await ended(first))).toContain("succeeded");
  expect(cameTo(await ended(third))).toContain("succeeded: 950 is stopped");
  expect(story(journal, second)).toEqual(["created", "cancel-requested", "finished cancelled"]);
  host.dispose();
});

test("of a run that waits for room after a restart: it is brought back, since it has begun", async () => {
  const host = plain();
  host.scripts["950.sh"] = `${script}# sim: sleep 60\n`;
  const life = host.live();
  const run = await life.begin(ctid, wish.letsgo);
  for await (const { event } of life.orchestrator.watch(run, 0, new AbortController().signal)) {
    if (event.type === "step-started" && event.step === "application") break;
  }
  await life.orchestrator.close();
  const cramped = empty({ from: host.freeze(), max_parallel: 0 });
  const waiting = cramped.live();
  await waiting.orchestrator.recover();
  waiting.orchestrator.cancel(run);
  expect(waiting.journal.run(run)?.state).toMatchObject({ phase: "running", cancel: "requested" });
  const roomy = empty({ from: cramped.freeze() });
  const last = roomy.live();
  await last.orchestrator.recover();
  expect(cameTo(await last.ended(run))).toMatch(/\(CANCELLED\): The container is back at its last final-form/);
  for (const each of [host, cramped, roomy]) each.dispose();
});

test("twice, and of a run that has ended, changes nothing", async () => {
  const host = plain();
  host.scripts["950.sh"] = `${script}# sim: sleep 60\n`;
  const { orchestrator, ended, begin, journal } = host.live();
  const run = await begin(ctid, wish.letsgo);
  orchestrator.cancel(run);
  orchestrator.cancel(run);
  const record = await ended(run);
  expect(record.state.phase).toBe("cancelled");
  expect(orchestrator.cancel(run)).toEqual(record);
  expect(journal.run(run)).toEqual(record);
  host.dispose();
});

test("while the container is brought back does not stop that", async () => {
  const host = plain();
  host.scripts["950.sh"] = "# sim: exit 3\n";
  const { orchestrator, ended, begin } = host.live();
  const run = await begin(ctid, wish.letsgo);
  for await (const { event } of orchestrator.watch(run, 0, new AbortController().signal)) {
    if (event.type === "step-started" && event.step === "undo.settings") orchestrator.cancel(run);
  }
  expect(cameTo(await ended(run))).toMatch(
    /^failed at application \(EXIT_CODE\): The container is back at its last final-form .*, and running.$/,
  );
  host.dispose();
});

test("while a step waits to be tried again", async () => {
  const host = empty({
    from: frozen.get("plain") ?? never(),
    faults: [{ call: "restore", match: "pre-configured", do: "fail", transient: true, reason: "CONFIG_LOCK_TIMEOUT" }],
  });
  const { orchestrator, ended, begin, journal } = host.live();
  const run = await begin(ctid, wish.letsgo);
  for await (const { event } of orchestrator.watch(run, 0, new AbortController().signal)) {
    if (event.type === "step-failed" && event.step === "restore" && event.retried) orchestrator.cancel(run);
  }
  expect((await ended(run)).state.phase).toBe("cancelled");
  expect(story(journal, run).filter((line) => line.startsWith("failed restore"))).toEqual([
    "failed restore (CONFIG_LOCK_TIMEOUT), to be tried again",
    "failed restore (CANCELLED)",
  ]);
  host.dispose();
});

function edited(host: Bench): Bench {
  host.features["base.sh"] += "# sim: write /base 2\n";
  host.scripts["950.sh"] += "# sim: write /version 2\n";
  const settings = { ...wanted.settings, options: "nesting=1" };
  host.manifest.set(ctid, { ...wanted, settings, mounts: [...wanted.mounts, w.mount("/srv/more", "/more")] });
  return host;
}

function kept(host: Bench): Bench {
  host.manifest.set(ctid, { ...wanted, on_failure: "keep" });
  return host;
}

function never(): never {
  throw new Error("this can't be");
}
