import { networkText, parseNetwork, settingChanges, type Ctid, type Settings, type SettingKey } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";
import type { Action, Origin } from "../../domain/step.ts";
import type { Call } from "../driver.ts";
import { addLayer } from "./files.ts";
import { find, findUnlocked, halt, newContainer, type Model, type SimContainer } from "./model.ts";
import { inParts, perform, type Sim } from "./perform.ts";
import { findSnapshot } from "./snapshots.ts";
import { needSpace } from "./space.ts";

type Of<D extends Action["do"]> = Extract<Action, { do: D }>;
type How = { readonly how: "graceful"; readonly timeout_s: number } | { readonly how: "kill" };

/** Driver.create. */
export function create(sim: Sim, ctid: Ctid, action: Of<"create">, call: Call): Promise<void> {
  return perform(sim, { call: "create", ctid, what: action }, call, async (during) => {
    const model = sim.options.storage.read();
    const there = model.containers[ctid];
    if (there !== undefined && there.run !== call.run)
      throw new Fault("CONTAINER_EXISTS", `container ${ctid} exists already (${there.name})`);
    if (there !== undefined && there.lock_run === null) return during();
    if (!Number.isInteger(ctid) || ctid < 100) throw new Fault("INVALID", `${ctid} is no container id`, "take a number from 100 up");
    needSpace(sim, action.pool, Number(action.settings.disk_gb ?? 0));
    const base = baseOf(model, action.origin);
    const settings = { ...base.settings, ...action.settings };
    const wanted = { ctid, name: action.name, pool: action.pool || base.pool, unprivileged: action.unprivileged, run: call.run, settings };
    return inParts(sim, during, [
      (m) => (m.containers[ctid] = { ...newContainer(wanted), lock: "create", lock_run: call.run }),
      (m) => {
        const made = (m.containers[ctid] = { ...newContainer(wanted), rootfs: { ...base.rootfs } });
        addLayer(made, base.layer);
      },
    ]);
  });
}

function baseOf(
  model: Model,
  origin: Origin,
): { readonly settings: Settings; readonly rootfs: SimContainer["rootfs"]; readonly pool: string; readonly layer: string } {
  if (origin.from === "template") {
    if (origin.template.includes("missing"))
      throw new Fault("INVALID", `the template ${origin.template} does not exist`, "put it there, or correct the manifest");
    return { settings: {}, rootfs: {}, pool: "", layer: `template ${origin.template}` };
  }
  const source = findUnlocked(model, origin.source);
  const { settings, rootfs } = origin.from === "live" ? source : findSnapshot(source, origin.snapshot);
  const of = origin.from === "live" ? "now" : origin.snapshot;
  return { settings: withoutAddress(settings), rootfs, pool: source.pool, layer: `clone ${origin.source} ${of}` };
}

/** A clone has a hardware address of its own, and none that was given to its source. */
function withoutAddress(settings: Settings): Settings {
  if (settings.network === undefined) return settings;
  const network = parseNetwork(settings.network);
  const ip = network.ip === "dhcp" ? network.ip : null;
  return { ...settings, network: networkText({ ...network, ip, gateway: null, hwaddr: null }) };
}

/** Driver.destroy. */
export function destroy(sim: Sim, ctid: Ctid, call: Call): Promise<void> {
  return perform(sim, { call: "destroy", ctid, what: {} }, call, async (during) => {
    const there = sim.options.storage.read().containers[ctid];
    if (there === undefined || there.run !== call.run) return during();
    sim.killed(ctid);
    return inParts(sim, during, [
      (m) => {
        halt(find(m, ctid));
        Object.assign(find(m, ctid), { lock: "destroy", lock_run: call.run });
      },
      (m) => delete m.containers[ctid],
    ]);
  });
}

/** Driver.configure. */
export function configure(sim: Sim, ctid: Ctid, settings: Settings, call: Call): Promise<readonly SettingKey[]> {
  return perform(sim, { call: "configure", ctid, what: settings }, call, async (during) => {
    const changes = settingChanges(findUnlocked(sim.options.storage.read(), ctid).settings, settings);
    const parts = changes.map(({ key, to }) => (model: Model) => {
      const container = find(model, ctid);
      const { [key]: _before, ...others } = container.settings;
      container.settings = to === "" ? others : { ...others, [key]: to };
    });
    await inParts(sim, during, parts);
    return changes.map(({ key }) => key);
  });
}

/** Driver.start. */
export function start(sim: Sim, ctid: Ctid, call: Call): Promise<void> {
  return perform(sim, { call: "start", ctid, what: {} }, call, async (during) => {
    const container = findUnlocked(sim.options.storage.read(), ctid);
    if (container.state === "running") return during();
    const missing = (container.settings.gpus ?? "")
      .split(",")
      .filter((gpu) => gpu !== "" && sim.options.gpus?.includes(Number(gpu)) === false);
    if (missing.length > 0) throw new Fault("DEVICE_MISSING", `Device /dev/nvidia${missing[0]} does not exist`, "correct gpu_assignment");
    return inParts(sim, during, [(m) => (find(m, ctid).state = "starting"), (m) => (find(m, ctid).state = "running")]);
  });
}

/** Driver.stop. */
export function stop(sim: Sim, ctid: Ctid, how: How, call: Call): Promise<void> {
  return perform(sim, { call: "stop", ctid, what: how }, call, async (during) => {
    const container = findUnlocked(sim.options.storage.read(), ctid);
    if (container.state === "stopped") return during();
    if (how.how === "graceful" && container.stubborn) {
      await sim.options.clock.sleep(how.timeout_s * 1000, call.signal);
      throw new Fault("TIMEOUT", `container ${ctid} did not shut down within ${how.timeout_s} s`, `phoenixctl stop ${ctid} --kill`);
    }
    const asked = how.how === "graceful" ? [(m: Model) => (find(m, ctid).state = "stopping")] : [];
    await inParts(sim, during, [...asked, (m) => halt(find(m, ctid))]);
    sim.killed(ctid);
  });
}
