// A day of two models that share one GPU, under a virtual clock: each is wanted now and then and started with --make-room, the idle
// rule and a schedule stop them, leases keep some of that away. PHOENIX_SEED repeats a day.
import type { Gpus } from "../../src/agent/domain/gpu.ts";
import type { Lease } from "../../src/agent/domain/lease.ts";
import { afterLook, type Idling } from "../../src/agent/gpu/idle.ts";
import { createGpuPower, type GpuSchedule } from "../../src/agent/gpu/power.ts";
import { bench, wish, type Life } from "../run/support/bench.ts";
import * as w from "../support/world.ts";
import { gpu, process as gpuProcess } from "./seen.ts";

const minute = 60_000;
const total_mib = 16_384;
const need_mib = 12_000;
const tenants: readonly number[] = [950, 951];
const rule = { below_percent: 5, sample_ms: minute };
const idle_after_ms = 20 * minute;
const stop_after_ms = 45 * minute;
const seeds = process.env["PHOENIX_SEED"] === undefined ? [1, 2, 3, 4, 5] : [Number(process.env["PHOENIX_SEED"])];

/** Numbers from 0 to 1, the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const config = (ctid: number, order: number) =>
  w.config({ ctid, gpus: [0], gpu_memory_mb: need_mib, boot: { start: true, order, delay_s: 0 }, settings: { gpus: "0" } });

async function day(seed: number) {
  const random = randomFrom(seed);
  const configs = [config(950, 1), config(951, 2)];
  const leases = new Map<number, Lease>();
  const busyUntil = new Map<number, number>();
  let idling: ReadonlyMap<number, Idling> = new Map();
  const processes = new Map<number, ReturnType<typeof gpuProcess>>();
  const running = () => tenants.filter((ctid) => host.storage.read().containers[ctid]?.state === "running");
  const now = () => host.clock.now();
  const isBusy = (ctid: number) => (busyUntil.get(ctid) ?? 0) > now();

  /** What nvidia-smi would say: who runs holds its memory, and the GPU is busy while one of them is wanted. */
  const seen = (): Gpus => {
    const up = running();
    for (const ctid of tenants) if (!up.includes(ctid)) processes.delete(ctid);
    const own = up.map((ctid) => {
      const found = processes.get(ctid) ?? gpuProcess(ctid, need_mib, { since: now() });
      processes.set(ctid, found);
      return found;
    });
    return { known: true, gpus: [gpu(0, own, { total_mib, utilization_percent: up.some(isBusy) ? 80 : 0 })] };
  };
  const state = () => ({
    seen: seen(),
    idle: new Map([...idling].map(([ctid, { idle_ms }]) => [ctid, idle_ms])),
    idle_after_ms,
    memory_back_s: 30,
  });

  const host = bench({
    configs,
    store: "memory",
    gather: async (driver, journal) => ({
      ...w.world({ configs, leases: [...leases.values()].filter(({ until }) => until > now()) }),
      platform: "sim",
      capabilities: driver.capabilities,
      inventory: await driver.observe(),
      ledgers: journal.ledgers(),
      active: new Map(journal.unfinished().map(({ id, plan }) => [plan.request.ctid, id])),
      pushed_manifest: () => ({ blob: "none", relevant: "none" }),
      content: () => Buffer.from(""),
      gpu: state(),
    }),
  });
  const life: Life = host.live();
  const said: string[] = [];
  const power = createGpuPower({
    orchestrator: life.orchestrator,
    world: async () => ({
      ...w.world({ configs, leases: [...leases.values()].filter(({ until }) => until > now()) }),
      inventory: await life.driver.observe(),
      active: new Map(life.journal.unfinished().map(({ id, plan }) => [plan.request.ctid, id])),
      gpu: state(),
    }),
    events: { say: ({ kind, message }) => void said.push(`${kind} ${message}`) },
    log: {
      trace: () => {},
      debug: () => {},
      info: () => {},
      warn: (_, message) => void said.push(message),
      error: (_, message) => void said.push(`error ${message}`),
    },
    now,
  });
  const hourly: GpuSchedule = {
    schedule: { name: "tidy", cron: "0 * * * *", time_zone: "UTC", catch_up_s: 60 },
    choice: { of: "gpu", index: 0 },
    except: [],
    when: "idle",
    grace_s: null,
  };
  const settle = async () => {
    for (const { id } of life.journal.unfinished()) await life.ended(id);
  };

  for (const ctid of tenants) await life.run(ctid, wish.orchestrate);
  const begun = now();
  const counts = { started: 0, refused: 0, stopped: 0, leased: 0 };
  for (let at = 1; at <= 24 * 60; at += 1) {
    host.clock.set(Math.max(now(), begun + at * minute));
    const before = running();
    const held = before.filter((ctid) => (leases.get(ctid)?.until ?? 0) > now());

    // Somebody wants one of the models for a while, and now and then leases it.
    const wanted = random() < 1 / 25 ? tenants[Math.floor(random() * 2)] : undefined;
    if (wanted !== undefined) {
      const { runs, refused } = await life.orchestrator.start(`start ${at}`, { kind: "start", make_room: true }, [wanted], "refuse");
      await settle();
      if (refused.length > 0) {
        counts.refused += 1;
        const other = tenants.find((ctid) => ctid !== wanted) ?? 0;
        // It is refused only for one that is leased, or that is not known to be idle.
        expect([held.includes(other), (idling.get(other)?.idle_ms ?? 0) < idle_after_ms]).toContain(true);
      } else {
        counts.started += runs.length > 0 ? 1 : 0;
        busyUntil.set(wanted, now() + Math.floor(random() * 30) * minute);
        if (random() < 0.3) {
          counts.leased += 1;
          leases.set(wanted, { ctid: wanted, holder: "ana", reason: "", since: now(), until: now() + Math.floor(random() * 180) * minute });
        }
      }
    }

    idling = afterLook(idling, running(), seen(), now(), rule);
    await power.stopIdle(state(), stop_after_ms);
    if (at % 60 === 0) await power.fire(hourly)({ schedule: "tidy", at: now(), request_id: `tidy ${at}` });
    await settle();

    const after = running();
    counts.stopped += before.filter((ctid) => !after.includes(ctid)).length;
    // Never more than the GPU has, and nobody who is leased is stopped.
    expect({ at, mib: after.length * need_mib <= total_mib }).toEqual({ at, mib: true });
    expect({ at, kept: held.filter((ctid) => !after.includes(ctid)) }).toEqual({ at, kept: [] });
    // Who is in use is not stopped by anything automatic either.
    expect({ at, used: before.filter((ctid) => isBusy(ctid) && !after.includes(ctid)) }).toEqual({ at, used: [] });
  }
  const failed = life.journal.unfinished();
  host.dispose();
  return { counts, failed, errors: said.filter((line) => line.startsWith("error")) };
}

test.each(seeds)("24 hours of two tenants: no overcommit, no stop of one that is leased or in use (PHOENIX_SEED=%i)", async (seed) => {
  const { counts, failed, errors } = await day(seed);
  expect({ failed, errors }).toEqual({ failed: [], errors: [] });
  // All that can happen has happened.
  for (const count of Object.values(counts)) expect(count).toBeGreaterThan(0);
});
