import type { Keeper } from "../config/versions/keeper.ts";
import type { Clock } from "../domain/clock.ts";
import type { ConfigBook } from "../domain/config.ts";
import type { AuditBook } from "../domain/audit.ts";
import type { Journal } from "../domain/journal.ts";
import type { LeaseBook } from "../domain/lease.ts";
import type { ProtectionBook } from "../domain/protection.ts";
import type { Log } from "../domain/log.ts";
import type { Doctor } from "../doctor/look.ts";
import type { GpuHost } from "../gpu/host.ts";
import type { Driver } from "../driver/driver.ts";
import type { Boots } from "../run/boot.ts";
import type { EventWatch } from "../monitor/events.ts";
import type { Vitals } from "../monitor/vitals.ts";
import type { Owners } from "../run/boot-owner.ts";
import type { HostBoots } from "../run/host-boot.ts";
import type { Orchestrator } from "../run/orchestrator.ts";
import type { Auditor } from "../trust/audit.ts";
import type { SnapshotSchedules } from "../snapshots/schedules.ts";
import type { HostView } from "./host-view.ts";
import type { Network } from "./network.ts";

/** What the services are made of. */
export interface Parts {
  readonly orchestrator: Pick<Orchestrator, "plan" | "start" | "find" | "cancel" | "watch" | "estimate">;
  readonly journal: Pick<Journal, "runs" | "unfinished" | "story">;
  readonly boots: Boots;
  readonly owners: Owners;
  readonly host_boots: Pick<HostBoots, "newest" | "waits">;
  readonly leases: LeaseBook;
  readonly gpu: GpuHost;
  readonly snapshots: SnapshotSchedules;
  readonly events: Omit<EventWatch, "say">;
  readonly keeper: Keeper;
  readonly configs: Pick<ConfigBook, "get" | "newest" | "list">;
  readonly protections: ProtectionBook;
  readonly host: HostView;
  readonly doctor: Doctor;
  readonly vitals: Pick<Vitals, "latest" | "look" | "onChange">;
  readonly driver: Pick<Driver, "platform" | "exec" | "diff" | "sizes">;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: Auditor & Pick<AuditBook, "list" | "verify">;
  /** null: nobody can come from elsewhere. */
  readonly network: Network | null;
}
