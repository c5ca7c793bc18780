import { access } from "node:fs/promises";
import { markDescription, readDescription, type Ctid, type Settings } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";
import type { Action } from "../../domain/step.ts";
import type { Call } from "../driver.ts";
import { checkAbort } from "../process.ts";
import { checkUnchanged, cloneable, withSource } from "./clone.ts";
import { descriptionOf } from "./conf.ts";
import { configure } from "./configure.ts";
import type { Host } from "./host.ts";
import { look, readConf, readStorages } from "./observe.ts";
import { editConf } from "./edit.ts";
import { putBack, recover } from "./recover.ts";
import { readied } from "./ready.ts";
import { withoutShared } from "./shared.ts";
import { stop } from "./power.ts";
import { takeOut } from "./snapshot.ts";
import { optionsOf, setArgs } from "./set-args.ts";
import { writeSnapshotted } from "./snapshotted.ts";
import { defaultPool } from "./storage.ts";
import { perform, type Asked } from "./task.ts";

type Create = Extract<Action, { do: "create" }>;

/** What Proxmox itself takes where no size is said, in GiB. */
const defaultSize = "4";
const unknownDistribution = /unable to detect OS distribution/;

/** Driver.create. The run is in the container's description, where a person sees it too. */
export async function create(host: Host, ctid: Ctid, action: Create, call: Call): Promise<void> {
  checkAbort(call.signal);
  await recover(host, ctid);
  const there = await readConf(host, ctid);
  if (there !== null && readDescription(descriptionOf(there.main)).run !== call.run) {
    throw new Fault("CONTAINER_EXISTS", `container ${ctid} exists already, and this run did not make it`, "plan again");
  }
  const { origin } = action;
  if (there === null) {
    await writeSnapshotted(host.state_dir, ctid, new Set()); // that of an earlier container of this number
    if (origin.from === "template") await makeFromTemplate(host, ctid, action, origin.template, call);
    else await withSource(origin.source, async () => makeClone(host, ctid, action, origin, call));
  }
  if (origin.from !== "template") await editConf(host, ctid, call.signal, withoutShared);
  await configure(host, ctid, { hostname: action.name, ...action.settings }, call);
}

async function makeFromTemplate(host: Host, ctid: Ctid, action: Create, template: string, call: Call): Promise<void> {
  await checkTemplate(template);
  const pool = action.pool === "" ? defaultPool(await readStorages(host)) : action.pool;
  if (pool === null)
    throw new Fault("INVALID", "no storage of this host holds containers", "pvesm status; then name a pool in the manifest");
  const settings: Settings = { ...action.settings, hostname: action.settings.hostname ?? action.name };
  const options = [
    "--rootfs",
    `${pool}:${settings.disk_gb ?? defaultSize}`,
    ...optionsOf(setArgs(firstSettings(settings), new Map(), [])),
    "--unprivileged",
    action.unprivileged ? "1" : "0",
    "--description",
    made(action.name, call.run),
  ];
  const args = ["create", String(ctid), template, ...options];
  try {
    await perform(host, ctid, call, { task: "create", args });
  } catch (thrown) {
    if (!(thrown instanceof Fault && unknownDistribution.test(thrown.message))) throw thrown;
    call.note(
      "Proxmox does not know the distribution of this template: it is unmanaged, and sets up its name and network inside by itself",
    );
    await perform(host, ctid, call, { task: "create", args: [...args, "--ostype", "unmanaged"] });
  }
}

async function makeClone(
  host: Host,
  ctid: Ctid,
  action: Create,
  origin: Exclude<Create["origin"], { from: "template" }>,
  call: Call,
): Promise<void> {
  const pool = action.pool === "" ? [] : ["--storage", action.pool];
  const named = ["--hostname", action.settings.hostname ?? action.name, "--description", made(action.name, call.run)];
  const asked = (more: readonly string[]): Asked => {
    return {
      task: "clone",
      args: ["clone", String(origin.source), String(ctid), "--full", "1", ...named, ...more, ...pool],
      source: origin.source,
    };
  };
  if (origin.from === "live") return makeLiveClone(host, ctid, origin.source, call, asked([]));
  const there = await cloneable(host, origin, call);
  try {
    if (there.from === "snapshot") return void (await perform(host, ctid, call, asked(["--snapname", origin.snapshot])));
  } catch (thrown) {
    if (!(thrown instanceof Fault && thrown.failure.reason === "SNAPSHOT_UNSUPPORTED")) throw thrown;
  }
  await checkUnchanged(host, origin);
  await perform(host, ctid, call, asked([]));
}

/** Mount points are out of the source's N.conf meanwhile: pct refuses bind mounts, and would copy data volumes (facts, "Other"). */
async function makeLiveClone(host: Host, ctid: Ctid, source: Ctid, call: Call, asked: Asked): Promise<void> {
  const { state } = await readied(host, source, call);
  if (state !== "stopped")
    throw new Fault(
      "CONTAINER_RUNNING",
      `container ${source} is ${state}, and has to be stopped to be cloned as it is now`,
      `phoenixctl stop ${source}`,
    );
  try {
    await takeOut(host, source, new Set(), call.signal);
    await perform(host, ctid, call, asked);
  } finally {
    await putBack(host, source);
  }
}

/** Driver.destroy. */
export async function destroy(host: Host, ctid: Ctid, call: Call): Promise<void> {
  checkAbort(call.signal);
  await recover(host, ctid);
  const there = await readConf(host, ctid);
  if (there === null || readDescription(descriptionOf(there.main)).run !== call.run) return;
  if ((await look(host, ctid)).state !== "stopped") await stop(host, ctid, { how: "kill" }, call);
  await perform(host, ctid, call, { task: "destroy", args: ["destroy", String(ctid)] });
  if ((await readConf(host, ctid)) !== null)
    throw new Fault("BACKEND_FAILED", `pct destroy has ended well, and container ${ctid} is still there`);
}

/** The settings that a container can be made with; GPUs and raw lines come after (configure.ts). */
function firstSettings(settings: Settings) {
  const keys = ["hostname", "memory_mb", "swap_mb", "cores", "network", "nameserver", "options"] as const;
  return keys.flatMap((key) => {
    const to = settings[key];
    return to === undefined || to === "" ? [] : [{ key, from: null, to }];
  });
}

function made(name: string, run: string): string {
  return markDescription(`${name}, made by Phoenix`, run);
}

async function checkTemplate(template: string): Promise<void> {
  if (!template.startsWith("/")) return; // a volume id: pct says it
  const there = await access(template).then(
    () => true,
    () => false,
  );
  if (!there)
    throw new Fault("INVALID", `the template ${template} is not on this host`, "put it there (pveam download), or mend the manifest");
}
