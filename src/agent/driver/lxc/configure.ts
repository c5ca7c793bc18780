import { chown, mkdir, stat } from "node:fs/promises";
import { settingChanges, type Attachment, type Ctid, type SettingKey, type Settings, type WantedMount } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";
import type { Action } from "../../domain/step.ts";
import type { Call } from "../driver.ts";
import { formatConfig } from "./config.ts";
import { changeable } from "./container.ts";
import { writeAtomic } from "./files.ts";
import { checkBridge, hostFacts, missingGpus } from "./host.ts";
import { attachmentsOf, mountLine, volumeFolder, volumeSource } from "./mounts.ts";
import type { Pool } from "./paths.ts";
import { settingsOf, withSettings } from "./settings.ts";
import { stateOf } from "./state.ts";
import { isThere } from "./tree.ts";

/** Driver.configure. Everything takes effect at the next start. */
export async function configure(pool: Pool, ctid: Ctid, settings: Settings, call: Call): Promise<readonly SettingKey[]> {
  const { home, lines } = await changeable(pool, ctid, call.signal);
  const live = settingsOf(lines);
  const changes = settingChanges(live, settings);
  if (changes.length === 0) return [];
  const changed: Settings = Object.fromEntries(changes.map(({ key, to }) => [key, to]));
  await checkBridge(changed);
  for (const gpu of await missingGpus(changed)) call.note(`/dev/nvidia${gpu} is not on this host; the container starts without it`);
  await writeAtomic(home.config, formatConfig(withSettings(lines, { ...live, ...changed }, home, await hostFacts())));
  return changes.map(({ key }) => key);
}

/** Driver.attach: folders that are mounted at the next start. `size_gb` and `pool` of a volume are not enforced: it is a folder of the pool. */
export async function attach(pool: Pool, ctid: Ctid, action: Extract<Action, { do: "attach" }>, call: Call): Promise<readonly string[]> {
  const { home, lines, tree, storage } = await changeable(pool, ctid, call.signal);
  const taken = new Set(attachmentsOf(lines, home, tree).map(({ container_path }) => container_path));
  const volumes = action.volumes.map(({ name, snapshot, mount_point }): Attachment => {
    return { kind: "volume", source: volumeSource(name, snapshot), container_path: tidy(mount_point), in_snapshots: snapshot };
  });
  const binds = action.mounts.map(({ host_path, container_path }): Attachment => {
    return { kind: "bind", source: host_path, container_path: tidy(container_path), in_snapshots: false };
  });
  const wanted = new Map<string, Attachment>();
  for (const attachment of [...action.keep, ...volumes, ...binds]) {
    if (!taken.has(attachment.container_path) && !wanted.has(attachment.container_path)) wanted.set(attachment.container_path, attachment);
  }
  const added = [...wanted.values()];
  const mounts = added.map((attachment) => mountLine(home, tree, attachment));
  await checkFolders(action.mounts, added);
  if (added.length > 0 && (await stateOf(pool, ctid)) !== "stopped") {
    throw new Fault(
      "CONTAINER_RUNNING",
      `container ${ctid} runs, and mounts are made at the start only`,
      `Stop it first: phoenixctl stop ${ctid}`,
    );
  }
  for (const mount of action.mounts) await own(mount);
  for (const { kind, source } of added) {
    if (kind !== "volume") continue;
    const folder = volumeFolder(home, tree, source);
    if (!(await isThere(folder)))
      await (source === volumeSource(nameOf(source), true) ? storage.make(folder) : mkdir(folder, { recursive: true }));
  }
  if (added.length > 0) await writeAtomic(home.config, formatConfig([...lines, ...mounts]));
  return added.map(({ container_path }) => container_path);
}

/** A missing folder is not made: it would hide a file system that is not mounted. */
async function checkFolders(mounts: readonly WantedMount[], added: readonly Attachment[]): Promise<void> {
  const sources = [...mounts.map(({ host_path }) => host_path), ...added.filter(({ kind }) => kind === "bind").map(({ source }) => source)];
  for (const source of sources) {
    if (await isThere(source)) continue;
    throw new Fault(
      "INVALID",
      `the folder ${source}, which is to be mounted, is not on this host`,
      `Make it (mkdir -p ${source}), or mount what lies there, or correct mount_points.`,
    );
  }
}

async function own({ host_path, owner_uid, owner_gid }: WantedMount): Promise<void> {
  const { uid, gid } = await stat(host_path);
  const wanted = { uid: owner_uid ?? uid, gid: owner_gid ?? gid };
  if (wanted.uid !== uid || wanted.gid !== gid) await chown(host_path, wanted.uid, wanted.gid);
}

function tidy(path: string): string {
  return `/${path
    .split("/")
    .filter((part) => part !== "")
    .join("/")}`;
}

function nameOf(source: string): string {
  return source.slice(source.indexOf("/") + 1);
}
