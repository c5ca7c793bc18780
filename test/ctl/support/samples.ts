import type {
  Container__Output,
  Plan__Output,
  Run__Output,
  RunEvent__Output,
  Snapshot__Output,
  Step__Output,
} from "../../../proto/types.ts";
import { toTimestamp } from "../../../proto/time.ts";
import type { Look } from "../../../src/ctl/render/line.ts";
import type { HostName } from "../../../src/ctl/render/words.ts";

/** Shortly after two in Berlin, where the reader of all golden files sits. */
export const noon = Date.parse("2026-11-23T13:01:00Z");
export const runId = "01K4A3BCDEFGHJKMNPQRST7QXZ";
export const pve1: HostName = { hostname: "pve1", driver: "proxmox" };
export const simulated: HostName = { hostname: "pve1", driver: "sim" };

/** A reader in Berlin before a terminal of 80 columns, so many seconds after the beginning. */
export function lookAt(seconds: number, more: Partial<Look> = {}): Look {
  return { now: noon + seconds * 1000, width: 80, height: 24, color: false, ...more };
}

export function step(id: string, title: string, detail = ""): Step__Output {
  return { id, title, detail, timeout_s: 60, attempts: 1, backoff_s: 2, estimate_s: 0 };
}

export const letsgoSteps = [
  step("preflight", "preflight"),
  step("restore", "restore pre-configured", "taken 2026-11-20T17:15:00Z by run 01K3…2BCD; data volumes and bind mounts are left alone"),
  step("settings", "settings", "memory_mb 65536 -> 73728"),
  step("start", "start"),
  step("ready", "ready", "init and network are up"),
  step("application", "application script", "phoenix_hypervisor_lxc_vllm.sh"),
  step("health", "health check", "curl -fs localhost:8000/health, 3 × 5 s"),
  step("snapshot.final-form", "snapshot final-form", "the one of 2026-11-20T17:22:00Z is kept until this one exists"),
  step("running", "running", "left running"),
];

export const undoSteps = [step("undo.restore", "back to final-form", "of 2026-11-20T17:22:00Z"), step("undo.start", "start")];

/** A step of these by its id. */
export function stepBy(id: string): Step__Output {
  const found = [...letsgoSteps, ...undoSteps].find((each) => each.id === id);
  if (found === undefined) throw new Error(`no step ${id}`);
  return found;
}

export function plan(more: Partial<Plan__Output> = {}): Plan__Output {
  return {
    kind: "RUN_KIND_LETSGO",
    ctid: 950,
    name: "vllm-qwen2.5-7b-awq",
    steps: letsgoSteps,
    undo: undoSteps,
    reversible_from: "restore",
    reversible_until: "snapshot.final-form",
    blockers: [],
    warnings: [],
    after: [],
    estimate_s: 110,
    estimate_runs: 6,
    nothing_to_do: false,
    ...more,
  };
}

export function run(more: Partial<Run__Output> = {}): Run__Output {
  return {
    id: runId,
    kind: "RUN_KIND_LETSGO",
    ctid: 950,
    name: "vllm-qwen2.5-7b-awq",
    state: "RUN_STATE_QUEUED",
    plan: plan(),
    created_at: toTimestamp(noon),
    started_at: null,
    finished_at: null,
    failure: null,
    undo_failure: null,
    outcome: "",
    batch_id: "01K4A3BATCH",
    after_runs: [],
    platform_ms: 0,
    away_ms: 0,
    config_version: 0,
    driver: "proxmox",
    ...more,
  };
}

/** The same run after so many seconds of work. */
export function ended(seconds: number, more: Partial<Run__Output> = {}): Run__Output {
  return run({
    state: "RUN_STATE_SUCCEEDED",
    started_at: toTimestamp(noon),
    finished_at: toTimestamp(noon + seconds * 1000),
    platform_ms: seconds * 1000 - 400,
    outcome: `${more.ctid ?? 950} is running, healthy, final-form of 2026-11-23T13:03:00Z.`,
    ...more,
  });
}

type Kind = NonNullable<RunEvent__Output["event"]>;

/** An event, so many seconds after the beginning. */
export function event<K extends Kind>(
  seconds: number,
  kind: K,
  fields: NonNullable<RunEvent__Output[K]>,
  run_id = runId,
): RunEvent__Output {
  return { seq: Math.round(seconds * 10) + 1, run_id, at: toTimestamp(noon + seconds * 1000), event: kind, [kind]: fields };
}

export const started = (seconds: number, of: Step__Output, attempt = 1, undo = false) =>
  event(seconds, "step_started", { step: of, attempt, undo });
export const finished = (seconds: number, id: string, took: number, detail = "") =>
  event(seconds, "step_finished", { step: id, detail, duration_ms: took * 1000 });
export const printed = (seconds: number, id: string, text: string) =>
  event(seconds, "output", { step: id, stream: "OUTPUT_STREAM_STDOUT", text, dropped_bytes: 0 });

const origin = { run_id: runId, origin: "SNAPSHOT_ORIGIN_RUN", schedule: "", protected: false } as const;

export function snapshot(name: string, more: Partial<Snapshot__Output> = {}): Snapshot__Output {
  return { ctid: 950, name, created_at: toTimestamp(noon - 3 * 86_400_000), parent: "", description: "", ...origin, ...more };
}

export function container(ctid: number, more: Partial<Container__Output> = {}): Container__Output {
  return {
    ctid,
    name: `container-${ctid}`,
    state: "CONTAINER_STATE_RUNNING",
    health: "HEALTH_HEALTHY",
    lock: "",
    gpus: "",
    start_at_boot: true,
    in_manifest: true,
    snapshots: [],
    settings: [],
    mounts: [],
    features: [],
    notes: [],
    active_run_id: "",
    ...more,
  };
}
