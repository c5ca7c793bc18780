import { loadManifest, type LoadedManifest } from "./config/manifest.ts";
import type { ContainerConfig } from "./config/manifest-types.ts";
import { pushedManifest, relevantHash } from "./config/pushed.ts";
import type { AgentSettings } from "./config/settings.ts";
import type { Configuration } from "./config/versions/judge.ts";
import type { Clock } from "./domain/clock.ts";
import type { GpuState } from "./domain/gpu.ts";
import type { Journal } from "./domain/journal.ts";
import type { LeaseBook } from "./domain/lease.ts";
import type { ProtectionBook } from "./domain/protection.ts";
import type { BlobHash } from "./domain/step.ts";
import type { Driver } from "./driver/driver.ts";
import type { World } from "./plan/world.ts";

/** The manifest as its file has it now. */
export function manifestOf(settings: AgentSettings): LoadedManifest {
  return loadManifest(settings.manifest, { default_from_ctid: settings.boot.default_from_ctid });
}

/** Where everything that plans are made from is found. */
export interface Sources {
  readonly configuration: () => Configuration;
  readonly driver: Driver;
  readonly journal: Journal;
  readonly leases: LeaseBook;
  readonly protections: ProtectionBook;
  readonly gpu: () => Promise<GpuState> | GpuState;
  readonly clock: Clock;
}

/** Looks at everything that plans are made from. */
export async function gather({ configuration, driver, journal, leases, protections, gpu, clock }: Sources): Promise<World> {
  const inventory = await driver.observe();
  const { version, manifest, files, content } = configuration();
  const pushed = new Map<BlobHash, Uint8Array>();
  return {
    platform: driver.platform,
    capabilities: driver.capabilities,
    config_version: version,
    manifest,
    inventory,
    ledgers: journal.ledgers(),
    leases: leases.at(clock.now()),
    protections: protections.all(),
    gpu: await gpu(),
    files,
    pushed_manifest: (config: ContainerConfig) => {
      const { bytes, hash } = pushedManifest(manifest, config);
      pushed.set(hash, bytes);
      return { blob: hash, relevant: relevantHash(manifest, config) };
    },
    content: (hash) => pushed.get(hash) ?? content(hash),
    active: new Map(journal.unfinished().map(({ id, plan }) => [plan.request.ctid, id])),
  };
}
