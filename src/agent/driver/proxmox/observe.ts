import { hostname } from "node:os";
import type { Container, ContainerState, Ctid, Inventory } from "../../domain/container.ts";
import { Fault, toFailure } from "../../domain/errors.ts";
import { namesInPlatform, readIfThere } from "../lxc/files.ts";
import { awake, stateOf as askState } from "../lxc/state.ts";
import { parseConf, type Conf } from "./conf.ts";
import { containerOf } from "./container.ts";
import { underHa } from "./ha.ts";
import { confPath, type Host } from "./host.ts";
import { machinesOf } from "./machines.ts";
import { heldBack, readHeld } from "./held.ts";
import { freeBytes } from "./space.ts";
import { readSnapshotted } from "./snapshotted.ts";
import { versionOf } from "./version.ts";
import { parseParts } from "./parts.ts";
import { onNode, type Storage } from "./storage.ts";

/** Everything on this node, read from files and sockets; changes nothing, spawns nothing. A file that goes while it is read is passed over. */
export async function observe(host: Host): Promise<Inventory> {
  const storages = await readStorages(host);
  const up = await awake(host.lxc);
  const names = await namesInPlatform(
    host.settings.config_dir,
    "Is this a Proxmox host, and pve-cluster running? See: systemctl status pve-cluster",
  );
  const ctids = names.flatMap((name) => /^([1-9]\d{2,8})\.conf$/.exec(name)?.[1] ?? []).map(Number);
  const containers = await Promise.all(
    ctids.map((ctid) => readContainer(host, ctid, up, storages).catch((thrown: unknown) => unreadable(ctid, thrown))),
  );
  return {
    containers: new Map(containers.flatMap((container) => (container === null ? [] : [[container.ctid, container] as const]))),
    machines: await machinesOf(host.settings),
    autostart: { ...(await versionOf(host.settings)), under_ha: await underHa(host) },
    free_bytes: await freeBytes(storages),
  };
}

/** One container as observe() sees it. Fault CONTAINER_MISSING. */
export async function look(host: Host, ctid: Ctid): Promise<Container> {
  const found = await readContainer(host, ctid, await awake(host.lxc), await readStorages(host));
  if (found === null) throw missing(ctid);
  return found;
}

/** Its N.conf, with what we have taken out for a moment put back in: how it is meant. null when there is none. */
export async function readConf(host: Host, ctid: Ctid): Promise<Conf | null> {
  const text = await readIfThere(confPath(host, ctid));
  if (text === null) return null;
  const held = await readHeld(host.state_dir, ctid);
  return parseConf(held === null ? text : heldBack(text, held));
}

export async function readStorages(host: Host): Promise<ReadonlyMap<string, Storage>> {
  // Proxmox calls a node by its host's name, without a domain.
  const node = hostname().split(".")[0] ?? "";
  return onNode(parseParts((await readIfThere(host.settings.storage_cfg)) ?? ""), node);
}

export async function stateOf(host: Host, ctid: Ctid, up?: ReadonlySet<Ctid>): Promise<ContainerState> {
  return (up ?? (await awake(host.lxc))).has(ctid) ? askState(host.lxc, ctid) : "stopped";
}

export function missing(ctid: Ctid): Fault {
  return new Fault("CONTAINER_MISSING", `container ${ctid} is not on this node`, "pct list shows the containers of this node");
}

/** One whose files can't be read does not hide the others: it counts as locked, with what is wrong. */
function unreadable(ctid: Ctid, thrown: unknown): Container {
  const besides = { state: "stopped", snapshotted: new Set<string>(), storages: new Map<string, Storage>() } as const;
  return { ...containerOf(ctid, parseConf(""), besides), lock: toFailure(thrown).message };
}

async function readContainer(
  host: Host,
  ctid: Ctid,
  up: ReadonlySet<Ctid>,
  storages: ReadonlyMap<string, Storage>,
): Promise<Container | null> {
  const conf = await readConf(host, ctid);
  if (conf === null) return null;
  const [state, snapshotted] = await Promise.all([stateOf(host, ctid, up), readSnapshotted(host.state_dir, ctid)]);
  return containerOf(ctid, conf, { state, snapshotted, storages });
}
