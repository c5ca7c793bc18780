import { hostname } from "node:os";
import { ulid } from "ulid";
import { startServer } from "./api/server.ts";
import { readBootId } from "./boot-id.ts";
import { openScripts } from "./config/scripts.ts";
import type { AgentSettings } from "./config/settings.ts";
import type { Configuration } from "./config/versions/judge.ts";
import { createKeeper } from "./config/versions/keeper.ts";
import { realDisk } from "./config/versions/lay.ts";
import type { Tell } from "./config/versions/take-over.ts";
import { realClock } from "./domain/clock.ts";
import type { Log } from "./domain/log.ts";
import { toFailure } from "./domain/errors.ts";
import { createDoctor } from "./doctor/look.ts";
import { capture, toolEnv } from "./driver/process.ts";
import type { GpuState } from "./domain/gpu.ts";
import { openDriver } from "./driver/open.ts";
import { watchedDriver } from "./driver/watched.ts";
import { gather } from "./gather.ts";
import { createGpuHost } from "./gpu/host.ts";
import { lookAtGpus } from "./gpu/look.ts";
import { createGpuWatch, idleRuleOf } from "./gpu/watch.ts";
import { openMetrics } from "./metrics/open.ts";
import { createEvents } from "./monitor/events.ts";
import { createLog, standardOutput } from "./monitor/log.ts";
import { openNetwork } from "./api/open-network.ts";
import { logCalls } from "./monitor/log-calls.ts";
import { serviceManager } from "./monitor/systemd.ts";
import { createVitals } from "./monitor/vitals.ts";
import { openNotifier } from "./notify/open.ts";
import { createBoots } from "./run/boot.ts";
import { createOwners } from "./run/boot-owner.ts";
import { createOrchestrator } from "./run/engine.ts";
import { createFeed } from "./run/feed.ts";
import { createHostBoots } from "./run/host-boot.ts";
import { lastVerdict } from "./run/verdict.ts";
import { watchConfig } from "./schedule/config.ts";
import { keepAudit } from "./schedule/audit.ts";
import { realBeat } from "./schedule/beat.ts";
import { feelPulse } from "./schedule/pulse.ts";
import { keepDays } from "./schedule/retention.ts";
import { tendTrust } from "./schedule/tending.ts";
import { startSnapshotSchedules } from "./snapshots/schedules.ts";
import { openStore } from "./store/open.ts";
import { createAuditor } from "./trust/audit.ts";
import { version } from "./version.ts";

/** An agent that is up. */
export interface Agent {
  /** Ends it in order: no new runs, steps under way are finished or left for the next life, then the socket goes. */
  readonly close: () => Promise<void>;
}

/** Calls that are still open when the agent ends get so many milliseconds. */
const closeGrace = 2000;

/** Wires all parts together and starts serving. Throws a Fault when the state folder, the driver or the socket can't be had. */
export async function startAgent(
  settings: AgentSettings,
  env: Readonly<Record<string, string | undefined>>,
  log: Log = createLog(settings.log.level, standardOutput(hostname())),
): Promise<Agent> {
  const clock = realClock;
  const manager = serviceManager({ env, run: (argv, more) => capture(argv, { env: { ...toolEnv, ...more } }), log });
  const store = openStore(settings.state_dir);
  try {
    const { leases, protections } = store;
    const metrics = await openMetrics(settings.metrics.listen, { version, node: process.version, driver: settings.driver }, clock, log);
    const journal = metrics.counted(store.journal);
    const driver = watchedDriver(openDriver(settings, log), [logCalls(log, clock), ...metrics.calls]);
    const scripts = openScripts(settings.scripts, settings.features);
    const feed = createFeed();
    const events = createEvents({ book: store.events, clock, log, feed });
    const tell: Tell = (level, message) => events.say({ kind: level === "info" ? "config.new" : "config.bad", level, message });
    const sender = { host: hostname(), version };
    const noticed = { book: store.notices, events, history: store.events, journal, feed, sender, clock, log, newId: ulid };
    // Before anything can end that somebody wants to know of.
    const notifier = await openNotifier(settings.notify, noticed);
    const keeper = createKeeper({ rules: settings, scripts, book: store.configs, clock, disk: realDisk, tell });
    // What an earlier life has put into force and not written to the disk.
    await keeper.settle();
    const gpus = createGpuWatch({
      read: () => lookAtGpus(settings.gpu.nvidia_smi, settings.gpu.timeout_s * 1000, clock.now),
      observe: () => driver.observe(),
      book: store.idle,
      clock,
      events,
      log,
      rule: idleRuleOf(settings.gpu),
    });
    const sources = { driver, journal, leases, protections, clock };
    const gathered = (configuration: Configuration | undefined, gpu: () => GpuState | Promise<GpuState>) =>
      gather({ ...sources, configuration: () => configuration ?? keeper.current(), gpu });
    const world = () => gathered(undefined, gpus.look);
    const { max_parallel } = settings.runs;
    const orchestrator = createOrchestrator({
      driver,
      journal,
      clock,
      log,
      feed,
      world,
      events,
      max_parallel,
      boot_parallel: settings.boot.max_parallel,
      newId: ulid,
    });
    const boots = createBoots({ world, journal, orchestrator, max_parallel: settings.boot.max_parallel });
    const book = store.boots;
    const owners = createOwners({ book, journal, orchestrator, world, clock, events, configured: settings.boot.owner });
    const boot_id = readBootId(settings.boot.id_file);
    const host_boots = createHostBoots({ boot_id, book, boots, owners, journal, world, clock, events });
    const host = {
      info: { hostname: hostname(), version, started: clock.now() },
      // Who only looks is not kept waiting for nvidia-smi.
      world: (configuration?: Configuration) => gathered(configuration, gpus.latest),
      health: (ctid: number) => lastVerdict(journal, ctid),
    };

    const network = await openNetwork(settings, hostname(), store.trust, clock, log);
    const auditor = createAuditor({ book: store.audit, clock, log });
    const audit = { ...auditor, list: store.audit.list, verify: store.audit.verify };
    host_boots.supersede();
    await orchestrator.recover();
    await owners.resume();
    const gpu = createGpuHost({ settings: settings.gpu, orchestrator, world, book: store.schedules, events, clock, beat: realBeat, log });
    const snapshots = startSnapshotSchedules({
      schedules: settings.snapshots.schedules,
      orchestrator,
      journal,
      world: () => host.world(),
      book: store.schedules,
      events,
      clock,
      beat: realBeat,
      log,
    });
    const pulse = feelPulse(realBeat, clock);
    const probes = { driver: () => driver.observe(), database: store.probe, scheduler: pulse.check };
    const vitals = createVitals({ probes, clock, log });
    const parts = {
      orchestrator: {
        ...orchestrator,
        watch: (...about: Parameters<typeof orchestrator.watch>) => metrics.watched(orchestrator.watch(...about)),
      },
      boots,
      owners,
      host_boots,
      leases,
      protections,
      gpu,
      snapshots,
      events: { ...events, watch: (...about: Parameters<typeof events.watch>) => metrics.watched(events.watch(...about)) },
      keeper,
      configs: store.configs,
      journal,
      host,
      doctor: createDoctor({
        settings,
        driver,
        keeper,
        journal,
        events: store.events,
        owners,
        boots: book,
        notices: store.notices,
        network,
        clock,
      }),
      vitals,
      driver,
      clock,
      log,
      network,
      audit,
    };
    const giveUp = async (error: unknown): Promise<never> => {
      metrics.close();
      // What beats keeps the process up.
      pulse.stop();
      await Promise.all([gpu.close(), snapshots.close()]);
      throw error;
    };
    const scraped = await metrics.serve(() => ({ vitals, gpus: gpus.latest(), notices: notifier.standing() })).catch(giveUp);
    const server = await startServer(settings.socket, parts).catch(giveUp);
    vitals.follow();
    notifier.follow();
    gpus.follow(gpu.looked);
    const trust = network && tendTrust(network.keyring.tend, store.trust.forget, clock, log);
    const watch = watchConfig(keeper, log);
    const records = keepAudit(settings.audit.keep_days, auditor.flush, store.audit.prune, clock, log);
    const retention = keepDays(settings.runs.keep_days, (before) => store.prune(before), clock, log);
    events.say({
      kind: "agent.started",
      level: "info",
      message: `the agent is up, version ${version}, driver ${driver.platform}`,
      details: {
        version,
        driver: driver.platform,
        socket: settings.socket,
        ...(server.address === null ? {} : { listen: server.address }),
        ...(scraped === null ? {} : { metrics: scraped }),
        manifest: settings.manifest,
      },
    });
    const booting = Promise.all([host_boots.begin(), owners.sayDrift()]);
    await manager.ready(`driver ${driver.platform}, manifest ${settings.manifest}`);
    return {
      async close() {
        await manager.stopping();
        server.drain();
        metrics.close();
        vitals.close();
        pulse.stop();
        retention.stop();
        trust?.stop();
        watch.stop();
        host_boots.stop();
        await booting;
        await Promise.all([gpu.close(), gpus.close(), snapshots.close()]);
        await orchestrator.close();
        await notifier.close();
        events.say({ kind: "agent.stopped", level: "info", message: "the agent has ended" });
        await server.close(closeGrace);
        records.stop();
        store.close();
      },
    };
  } catch (error) {
    log.error({}, `the agent can't start: ${toFailure(error).message}`);
    store.close();
    throw error;
  }
}
