import type { BootOwner } from "../domain/boot.ts";
import { settingChanges } from "../domain/container.ts";
import { leaseText } from "../domain/lease.ts";
import { applicationOf, featureFile } from "../plan/provision.ts";
import { finalForm, preConfigured, snapshotOf, type Subject } from "../plan/subject.ts";
import { changesText } from "../plan/words.ts";

/** Finds what the owner should know about a container; nothing when it does not apply. */
type Remark = (subject: Subject) => readonly string[];

const locked: Remark = ({ container }) => (container?.lock == null ? [] : [`locked by ${container.lock}`]);

const leased: Remark = ({ ctid, world }) => {
  const lease = world.leases.get(ctid);
  return lease === undefined ? [] : [leaseText(lease)];
};

const broken: Remark = ({ ctid, world }) =>
  (world.manifest.broken.get(ctid) ?? []).map(({ message }) => `error in the manifest: ${message}`);

const stranger: Remark = ({ ctid, world, config }) => (config === null && !world.manifest.broken.has(ctid) ? ["not in the manifest"] : []);

const noSnapshots: Remark = ({ container }) =>
  container?.snapshot_support.can === "none" ? [`no snapshots: ${container.snapshot_support.why}`] : [];

const missingSnapshots: Remark = (subject) => {
  if (subject.config === null || subject.container === null || subject.container.snapshot_support.can === "none") return [];
  return [preConfigured, finalForm].filter((name) => snapshotOf(subject, name) === null).map((name) => `no ${name}`);
};

const pendingSettings: Remark = ({ config, container }) => {
  if (config === null || container === null) return [];
  return settingChanges(container.settings, config.settings).map((change) => `${changesText([change])} pending`);
};

const pendingAttachments: Remark = ({ config, container }) => {
  if (config === null || container === null) return [];
  const attached = container.attachments.map(({ container_path }) => container_path);
  const wanted = [...config.volumes.map(({ mount_point }) => mount_point), ...config.mounts.map(({ container_path }) => container_path)];
  return wanted.filter((path) => !attached.includes(path)).map((path) => `${path} not attached`);
};

const changedFeatures: Remark = ({ config, container, ledger, world }) => {
  if (config === null || container === null) return [];
  return config.features.flatMap((name) => {
    const applied = ledger.live[`feature.${name}`];
    const now = featureFile(name, world)?.blob;
    if (now === undefined) return [`feature ${name} has no script`];
    if (applied === undefined) return [`feature ${name} not applied`];
    return applied === now ? [] : [`feature ${name} changed since it was applied`];
  });
};

const changedScript: Remark = (subject) => {
  const { config, ledger } = subject;
  if (config === null || snapshotOf(subject, finalForm) === null) return [];
  const applied = ledger.snapshots[finalForm]?.["application"];
  const now = applicationOf(subject, config)?.hash;
  return applied === undefined || now === undefined || applied === now ? [] : [`script changed since ${finalForm}`];
};

/** Only where the agent is to start it. */
const startedTwice: Remark = ({ config, container }) =>
  config !== null && container?.settings.onboot === "1" ? ["Proxmox starts it at boot as well (onboot 1)"] : [];

/** What keeps somebody from changing it comes first. */
const remarks: readonly Remark[] = [
  locked,
  leased,
  broken,
  stranger,
  noSnapshots,
  missingSnapshots,
  changedScript,
  changedFeatures,
  pendingSettings,
  pendingAttachments,
];

/** What its owner should know about a container, a few words each. `owner` is that of boots. */
export function notesOn(subject: Subject, owner: BootOwner): readonly string[] {
  return [...remarks, ...(owner === "agent" ? [startedTwice] : [])].flatMap((remark) => remark(subject));
}
