import { batchRows } from "../support/batches.ts";
import { auditTable } from "../../../src/ctl/render/audit.ts";
import { containerDetail, containerTable } from "../../../src/ctl/render/containers.ts";
import { endingOf, refusal } from "../../../src/ctl/render/ending.ts";
import { planLines } from "../../../src/ctl/render/plan.ts";
import type { Located, Silent } from "../../../src/ctl/render/located.ts";
import { runDetail, runTable } from "../../../src/ctl/render/runs.ts";
import type { HostName } from "../../../src/ctl/render/words.ts";
import { snapshotTable } from "../../../src/ctl/render/snapshots.ts";
import { columns } from "../../../src/ctl/render/text.ts";
import { toTimestamp } from "../../../proto/time.ts";
import { expectGolden, onScreen, scenes } from "../support/golden.ts";
import {
  container,
  ended,
  event,
  finished,
  letsgoSteps,
  lookAt,
  noon,
  plan,
  pve1,
  run,
  simulated,
  snapshot,
  started,
  stepBy,
} from "../support/samples.ts";

const look = lookAt(0);
const finalForm = snapshot("final-form", {
  created_at: toTimestamp(noon - 3600_000),
  description: "taken by letsgo",
  parent: "pre-configured",
});

const containers = [
  container(950, { name: "vllm-qwen2.5-7b-awq", gpus: "0", boot_order: 3, snapshots: [snapshot("pre-configured"), finalForm] }),
  container(952, {
    name: "qdrant",
    state: "CONTAINER_STATE_STOPPED",
    health: "HEALTH_UNSPECIFIED",
    lock: "backup",
    notes: ["locked by backup", "script changed since 2026-11-20T17:22:00Z"],
  }),
  container(953, { name: "Nginx-数据库-服务器", health: "HEALTH_UNHEALTHY", start_at_boot: false, active_run_id: run().id }),
  container(999_999_999, { name: "bad\x1b[31mname\x07", state: "CONTAINER_STATE_ABSENT", health: "HEALTH_UNSPECIFIED" }),
];

const blockers = [
  { reason: "LOCKED", ctid: 952, message: "locked by Proxmox (backup), since 2026-11-23T13:01:00Z", remedy: "wait, or: pct unlock 952" },
  {
    reason: "SNAPSHOT_NOT_NEWEST",
    ctid: 952,
    message: "before-upgrade of 2026-11-12T08:00:00Z is newer than pre-configured, and zfs can only go back to the newest",
    remedy: "phoenixctl snapshot delete 952 before-upgrade, or --delete-newer",
  },
];

test("containers", () => {
  const detailed = container(950, {
    ...containers[0],
    features: ["base_setup", "nvidia"],
    settings: [
      { name: "memory_mb", live: "65536", wanted: "73728" },
      { name: "cores", live: "8", wanted: "8" },
    ],
    mounts: [
      { container_path: "/data", source: "tank:vm-950-disk-1", volume: true, attached: true },
      { container_path: "/models", source: "/srv/models", volume: false, attached: false },
    ],
  });
  expectGolden(
    "containers",
    scenes([
      ["ps", onScreen(containerTable(on(pve1, containers), [], { ...look, width: 110 }), { ...look, width: 110 })],
      ["ps of a simulated host, 80 columns", onScreen(containerTable(on(simulated, containers), [], look), look)],
      ["ps of hosts of which two are away", onScreen(containerTable(on(pve1, containers.slice(0, 2)), away, look), look)],
      ["show", onScreen(containerDetail(detailed, simulated, look), look)],
    ]),
  );
});

test.each([200, 120, 100, 80])("of an audit with long arguments these alone give way, on %i columns", (width) => {
  const entry = (no: number, given: object) => ({
    no,
    at: toTimestamp(noon),
    who: "ana@laptop",
    fingerprint: "",
    address: "10.0.0.7",
    method: "/phoenix.v1.OrchestrationService/StartRun",
    arguments: JSON.stringify({ request_id: "f5b03926-f667-474d-a987-fe021022c40d", ...given }),
    result: "OK",
    detail: "",
    times: 1,
  });
  const entries = [
    entry(2, { message: "what for ".repeat(60) }),
    entry(1, { kind: "RUN_KIND_LETSGO", ctids: [950], options: { power: "POWER_UNSPECIFIED" } }),
  ];
  const wide = { ...look, width };
  const lines = onScreen(auditTable(entries, pve1, wide), wide)
    .trimEnd()
    .split("\n");
  // A head and two rows, and below each of these its arguments where a quarter of them would not be seen.
  expect(lines).toHaveLength(width < 100 ? 5 : 3);
  expect(Math.max(...lines.map(columns))).toBeLessThanOrEqual(width);
  expect(lines.join("\n")).toMatch(/\{"message":"what for what.*…$/m);
  expect(lines.at(-1)).toContain('{"kind":"letsgo","ctids":[950]}');
});

test("plans and refusals", () => {
  const wide = { ...look, width: Infinity };
  const text = (plans: Parameters<typeof planLines>[0]) => onScreen(planLines(plans, pve1, look), wide);
  const patient = letsgoSteps.map((each) =>
    each.id === "application" ? { ...each, timeout_s: 1800, estimate_s: 100 } : { ...each, attempts: each.id === "preflight" ? 1 : 3 },
  );
  expectGolden(
    "plans",
    scenes([
      ["letsgo, with limits", onScreen(planLines([plan({ steps: patient })], pve1, look, "limits"), wide)],
      ["letsgo", text([plan({ warnings: ["the container runs with 2 changes that the manifest does not know; they are lost"] })])],
      ["nothing to do", text([plan({ nothing_to_do: true })])],
      [
        "two, the second after the first and blocked",
        text([plan({ estimate_s: 0 }), plan({ ctid: 952, name: "qdrant", after: [950], blockers })]),
      ],
      ["a refusal on a simulated host", onScreen(refusal(plan({ ctid: 952 }), blockers, simulated, look), wide)],
    ]),
  );
});

test.each([40, 80, 100])("what is said below a plan, and when a run has ended, is broken at spaces for %i columns", (width) => {
  const narrow = lookAt(0, { width });
  const done = endingOf(run({ ...ended(112) }), pve1, narrow);
  // Of a narrower one the steps keep their titles.
  const below = (width < 80 ? [] : planLines([plan()], pve1, narrow)).concat(planLines([plan({ nothing_to_do: true })], pve1, narrow));
  for (const line of [...done, ...below]) expect(line.reduce((sum, { text }) => sum + columns(text), 0)).toBeLessThanOrEqual(width);
  expect(done.length).toBeGreaterThan(width < 80 ? 2 : 0);
});

test("runs and snapshots", () => {
  const failed = ended(27, {
    state: "RUN_STATE_FAILED",
    outcome: "The container is back at its last final-form of 2026-11-20T17:22:00Z, and running.",
    failure: { reason: "EXIT_CODE", message: "exit code 3 after 14 s", remedy: "", step: "application" },
    undo_failure: { reason: "NO_SPACE", message: "no space left", remedy: "free some", step: "undo.restore" },
  });
  const failedStory = [
    event(0, "started", {}),
    ...letsgoSteps.slice(0, 5).flatMap((each, at) => [started(at, each), finished(at + 1, each.id, 1)]),
    started(5, stepBy("application")),
    event(12, "resumed", { away_since: toTimestamp(noon + 8000), step: "application", decision: "application script was under way" }),
    started(12, stepBy("application")),
    event(26, "step_failed", { step: "application", failure: failed.failure, duration_ms: 14_000, retried: false }),
    started(26, stepBy("undo.restore"), 1, true),
    event(27, "step_failed", { step: "undo.restore", failure: failed.undo_failure, duration_ms: 1000, retried: false }),
  ];
  const skipped = ended(0, {
    state: "RUN_STATE_SKIPPED",
    started_at: null,
    outcome: "The run of 953 failed, which it depends on. Nothing was changed.",
  });
  const list = [run({ state: "RUN_STATE_RUNNING" }), ended(112), failed, skipped];
  expectGolden(
    "runs",
    scenes([
      ["run list", onScreen(runTable(on(pve1, list), [], look), look)],
      ["run list on 120 columns", onScreen(runTable(on(simulated, list), [], { ...look, width: 120 }), { ...look, width: 120 })],
      ["run show of a failed one", onScreen(runDetail(failed, failedStory, pve1, look), look)],
      ["run show of a skipped one", onScreen(runDetail(skipped, [], pve1, look).slice(-4), look)],
      [
        "run show of a cancelled one",
        onScreen(runDetail({ ...failed, state: "RUN_STATE_CANCELLED", failure: null, undo_failure: null }, [], pve1, look).slice(-3), look),
      ],
      [
        "snapshot list",
        onScreen(
          snapshotTable(
            on(pve1, [snapshot("pre-configured", { run_id: "", created_at: null, origin: "SNAPSHOT_ORIGIN_HAND" }), finalForm]),
            [],
            look,
            "no sizes",
          ),
          look,
        ),
      ],
      [
        "snapshot list --size, with a protected one and one of a schedule",
        onScreen(
          snapshotTable(
            on(pve1, [
              { ...finalForm, protected: true, bytes: 3_400_000 },
              snapshot("auto-20261120-0300", { origin: "SNAPSHOT_ORIGIN_SCHEDULE", schedule: "nightly", parent: "final-form" }),
            ]),
            [],
            look,
            "sizes",
          ),
          look,
        ),
      ],
    ]),
  );
});

test("several runs at once, and what is left of them", () => {
  expectGolden("batch", batchRows());
});

test("no table is wider than the terminal", () => {
  for (const width of [40, 80, 90, 200]) {
    const screen = onScreen(containerTable(on(pve1, containers), [], { ...look, width }), { ...look, width: Infinity });
    expect(Math.max(...screen.split("\n").map(columns))).toBeLessThanOrEqual(width);
  }
});

function on<T>(host: HostName, items: readonly T[]): Located<T>[] {
  return items.map((item) => ({ host, item }));
}

const away: readonly Silent[] = [
  { host: "attic", what: "unreachable", why: "connection refused (10.0.0.3:7443)", ms: 2 },
  { host: "pve2", what: "failed", why: "certificate ana@laptop was revoked", ms: 40 },
];
