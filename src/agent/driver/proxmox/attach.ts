import { chown, stat } from "node:fs/promises";
import type { Attachment, Container, Ctid, WantedMount, WantedVolume } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";
import type { Action } from "../../domain/step.ts";
import type { Call } from "../driver.ts";
import { parseConf, pendingFields, printConf, withLine } from "./conf.ts";
import { editConf } from "./edit.ts";
import { freeKey } from "./held.ts";
import type { Host } from "./host.ts";
import { bindLine } from "./mounts.ts";
import { look, missing, readConf, readStorages } from "./observe.ts";
import { readied } from "./ready.ts";
import { readSnapshotted, writeSnapshotted } from "./snapshotted.ts";
import { defaultPool } from "./storage.ts";
import { perform } from "./task.ts";

type Attach = Extract<Action, { do: "attach" }>;

/** Something that is to be attached and is not: the value of an mpN setting, or a folder of the host. */
type Missing =
  | { readonly as: "volume"; readonly container_path: string; readonly value: string }
  | { readonly as: "bind"; readonly container_path: string; readonly source: string };

/**
 * Driver.attach. Volumes in one `pct set`, found by their mount point: one that lies unused is attached again, one that is not there is made. Bind
 * mounts as raw lines, which never block a snapshot (facts); those that are there as mpN stay as they are.
 */
export async function attach(host: Host, ctid: Ctid, action: Attach, call: Call): Promise<readonly string[]> {
  const container = await readied(host, ctid, call);
  const absent = absentOf(container, action, defaultPool(await readStorages(host)));
  await checkFolders(absent, action.mounts);
  if (absent.length > 0 && container.state !== "stopped") {
    const paths = absent.map(({ container_path }) => container_path).join(", ");
    throw new Fault(
      "CONTAINER_RUNNING",
      `container ${ctid} runs, and ${paths} can only be attached while it is stopped`,
      `phoenixctl stop ${ctid}`,
    );
  }
  for (const mount of action.mounts) await own(mount);
  const values = absent.flatMap((each) => (each.as === "volume" ? [each.value] : []));
  if (values.length > 0)
    await perform(host, ctid, call, { task: "set", args: ["set", String(ctid), ...(await mountPointArgs(host, ctid, values))] });
  const binds = absent.flatMap((each) => (each.as === "bind" ? [each] : []));
  if (binds.length > 0) await addBinds(host, ctid, binds, call.signal);
  await remember(host, ctid, action.volumes);
  await readBack(host, ctid, absent);
  return absent.map(({ container_path }) => container_path);
}

/** What was attached before comes first: it has data. Nothing is attached at a path where something is. */
function absentOf(container: Container, action: Attach, pool: string | null): readonly Missing[] {
  const wanted = [
    ...action.keep.map(keptAs),
    ...action.volumes.map((volume) => volumeAs(volume, pool)),
    ...action.mounts.map(
      ({ host_path, container_path }) => ({ as: "bind", container_path: tidy(container_path), source: host_path }) as const,
    ),
  ];
  const taken = new Set(container.attachments.map(({ container_path }) => container_path));
  return wanted.filter(({ container_path }) => {
    const free = !taken.has(container_path);
    taken.add(container_path);
    return free;
  });
}

function keptAs({ kind, source, container_path }: Attachment): Missing {
  const path = tidy(container_path);
  return kind === "volume"
    ? { as: "volume", container_path: path, value: `${source},mp=${path}` }
    : { as: "bind", container_path: path, source };
}

function volumeAs({ pool, size_gb, mount_point }: WantedVolume, byDefault: string | null): Missing {
  const where = pool === "" ? byDefault : pool;
  if (where === null)
    throw new Fault(
      "INVALID",
      `the volume at ${mount_point} names no pool, and no storage of this host holds containers`,
      "name one in the manifest",
    );
  return { as: "volume", container_path: tidy(mount_point), value: `${where}:${size_gb},mp=${tidy(mount_point)}` };
}

async function mountPointArgs(host: Host, ctid: Ctid, values: readonly string[]): Promise<readonly string[]> {
  const conf = await readConf(host, ctid);
  if (conf === null) throw missing(ctid);
  const used = new Set(pendingFields(conf).keys());
  return values.flatMap((value) => {
    const key = freeKey("mp", used);
    used.add(key);
    return [`--${key}`, value];
  });
}

async function addBinds(
  host: Host,
  ctid: Ctid,
  binds: readonly { readonly source: string; readonly container_path: string }[],
  signal: AbortSignal,
): Promise<void> {
  const lines = await Promise.all(
    binds.map(async ({ source, container_path }) => bindLine(source, container_path, (await stat(source)).isDirectory() ? "dir" : "file")),
  );
  await editConf(host, ctid, signal, (text) => printConf(lines.reduce(withLine, parseConf(text))));
}

/** Which volumes go into snapshots is in the manifest, and only known here. */
async function remember(host: Host, ctid: Ctid, volumes: readonly WantedVolume[]): Promise<void> {
  const { attachments } = await look(host, ctid);
  const before = await readSnapshotted(host.state_dir, ctid);
  const after = new Set(before);
  for (const { mount_point, snapshot } of volumes) {
    const there = attachments.find(({ kind, container_path }) => kind === "volume" && container_path === tidy(mount_point));
    if (there === undefined) continue;
    if (snapshot) after.add(there.source);
    else after.delete(there.source);
  }
  if (after.symmetricDifference(before).size > 0) await writeSnapshotted(host.state_dir, ctid, after);
}

async function readBack(host: Host, ctid: Ctid, wanted: readonly Missing[]): Promise<void> {
  const { attachments } = await look(host, ctid);
  const lost = wanted.filter((each) => !attachments.some(({ container_path }) => container_path === each.container_path));
  if (lost.length === 0) return;
  throw new Fault(
    "BACKEND_FAILED",
    `not attached to container ${ctid}: ${lost.map(({ container_path }) => container_path).join(", ")}`,
    `look at: pct config ${ctid}`,
  );
}

/** A missing folder is not made: it would hide a file system that is not mounted. */
async function checkFolders(absent: readonly Missing[], mounts: readonly WantedMount[]): Promise<void> {
  const sources = [...absent.flatMap((each) => (each.as === "bind" ? [each.source] : [])), ...mounts.map(({ host_path }) => host_path)];
  for (const source of sources) {
    if ((await stat(source).catch(() => null)) !== null) continue;
    throw new Fault(
      "INVALID",
      `${source}, which is to be mounted, is not on this host`,
      `mkdir -p ${source}, or mount what lies there, or mend mount_points`,
    );
  }
}

async function own({ host_path, owner_uid, owner_gid }: WantedMount): Promise<void> {
  const { uid, gid } = await stat(host_path);
  if ((owner_uid ?? uid) !== uid || (owner_gid ?? gid) !== gid) await chown(host_path, owner_uid ?? uid, owner_gid ?? gid);
}

/** Fault INVALID for what is no place to mount at: a comma would end the value in N.conf. */
function tidy(path: string): string {
  const parts = path.split("/").filter((part) => part !== "");
  if (!path.startsWith("/") || parts.length === 0 || parts.some((part) => part === "." || part === "..") || /[,\n]/.test(path)) {
    throw new Fault("INVALID", `${JSON.stringify(path)} is not a path to mount at`, "write an absolute path, without .. and commas in it");
  }
  return `/${parts.join("/")}`;
}
