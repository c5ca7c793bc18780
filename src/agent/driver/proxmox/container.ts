import type { Container, ContainerState, Ctid } from "../../domain/container.ts";
import { entriesOf, pendingFields, type Conf } from "./conf.ts";
import { isGpuEntry } from "./gpu.ts";
import { settingsOf } from "./live-settings.ts";
import { attachmentsOf, detachedOf } from "./mounts.ts";
import { parseProperty } from "./property.ts";
import { snapshotsOf } from "./snapshots.ts";
import { cloneSupport, snapshotSupport, type Storage } from "./storage.ts";

/** What is known of a container besides its N.conf. */
export interface Besides {
  readonly state: ContainerState;
  /** The volumes that go into snapshots. */
  readonly snapshotted: ReadonlySet<string>;
  readonly storages: ReadonlyMap<string, Storage>;
}

/** A container, from its N.conf. */
export function containerOf(ctid: Ctid, conf: Conf, { state, snapshotted, storages }: Besides): Container {
  const fields = pendingFields(conf);
  const attachments = attachmentsOf(conf, fields, snapshotted);
  const captured = attachments.filter(({ in_snapshots }) => in_snapshots).map(({ source }) => source);
  return {
    ctid,
    name: fields.get("hostname") ?? `CT${ctid}`,
    state,
    lock: fields.get("lock") ?? null,
    settings: settingsOf(conf, fields),
    gpu_access: entriesOf(conf.main).some(isGpuEntry) || [...fields].some(([key, value]) => isGpuEntry({ key, value })),
    attachments,
    detached: detachedOf(fields),
    snapshots: snapshotsOf(conf),
    snapshot_support: snapshotSupport([rootVolume(fields), ...captured], storages),
    clone_support: cloneSupport(rootVolume(fields), storages),
  };
}

/** The volume that the root file system lies on, as Proxmox calls it. */
export function rootVolume(fields: ReadonlyMap<string, string>): string {
  return parseProperty(fields.get("rootfs") ?? "", "volume").first;
}
