import type { ContainerConfig } from "../config/manifest-types.ts";
import type { Container, Ctid, Snapshot } from "../domain/container.ts";
import { emptyLedger, type Ledger } from "../domain/ledger.ts";
import type { World } from "./world.ts";

/** The snapshot that a container is provisioned from: everything but the application is in it. */
export const preConfigured = "pre-configured";
/** The snapshot of a container whose application has been provisioned. */
export const finalForm = "final-form";
/** Takes the place of a snapshot while that is deleted and taken anew, where names can't be changed. */
export const insurance = "phoenix-insurance";

/** The source of a volume that is foreseen: what the platform will call it is not known before it is made. */
export const unnamed = "";

/** One container as a plan sees it: what is wanted, what is there, what is known of it. */
export interface Subject {
  readonly ctid: Ctid;
  readonly name: string;
  readonly world: World;
  /** null: not in the manifest, or with an error there. */
  readonly config: ContainerConfig | null;
  /** null: not on the host. */
  readonly container: Container | null;
  readonly ledger: Ledger;
}

/** Looks a container up in the world. */
export function subjectOf(ctid: Ctid, world: World): Subject {
  const config = world.manifest.containers.get(ctid) ?? null;
  const container = world.inventory.containers.get(ctid) ?? null;
  const ledger = world.ledgers.get(ctid) ?? emptyLedger;
  return { ctid, name: config?.name ?? container?.name ?? String(ctid), world, config, container, ledger };
}

/** A snapshot of the container by its name; null when there is none. */
export function snapshotOf(subject: Subject, name: string): Snapshot | null {
  return subject.container?.snapshots.find((snapshot) => snapshot.name === name) ?? null;
}

/** The snapshots that the storage makes us delete before it can go back to this one, newest first. Empty where any will do. */
export function inTheWay(subject: Subject, name: string): readonly Snapshot[] {
  const { container } = subject;
  if (container === null || container.snapshot_support.can !== "newest") return [];
  const at = container.snapshots.findIndex((snapshot) => snapshot.name === name);
  return at < 0 ? [] : container.snapshots.slice(at + 1).toReversed();
}

/** Whether it can reach a GPU, by the manifest or by its live configuration as that is once the manifest's settings are in it. */
export function hasGpuAccess({ config, container }: Subject): boolean {
  if (config !== null && config.gpus.length > 0) return true;
  const isTakenAway = config?.settings.gpus === "" && (container?.settings.gpus ?? "") !== "";
  return container !== null && container.gpu_access && !isTakenAway;
}
