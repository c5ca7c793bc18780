import type { Attachment, Ctid, WantedMount, WantedVolume } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";
import type { Action } from "../../domain/step.ts";
import type { Call } from "../driver.ts";
import { find, findUnlocked, type Model, type SimContainer } from "./model.ts";
import { inParts, perform, type Sim } from "./perform.ts";
import { needSpace } from "./space.ts";

type Wanted = Extract<Action, { do: "attach" }>;

/** Driver.attach. What is attached at a path is what is wanted there. */
export function attach(sim: Sim, ctid: Ctid, action: Wanted, call: Call): Promise<readonly string[]> {
  return perform(sim, { call: "attach", ctid, what: action }, call, async (during) => {
    const model = sim.options.storage.read();
    const container = findUnlocked(model, ctid);
    const missing = missingIn(container, action);
    if (missing.length > 0 && container.state !== "stopped" && !sim.options.capabilities.live_attach) {
      throw new Fault(
        "CONTAINER_RUNNING",
        `container ${ctid} is ${container.state}, and can take mounts only when it is stopped`,
        `phoenixctl stop ${ctid}`,
      );
    }
    const lost = missing.find((a) => a.kind === "volume" && model.volumes[a.source] === undefined && action.keep.includes(a));
    if (lost !== undefined) throw new Fault("BACKEND_FAILED", `volume ${lost.source} does not exist`);
    for (const volume of action.volumes.filter((v) => missing.some((a) => a.container_path === v.mount_point)))
      needSpace(sim, volume.pool, volume.size_gb);
    await inParts(
      sim,
      during,
      missing.flatMap((attachment) => attaching(ctid, attachment)),
    );
    return missing.map((attachment) => attachment.container_path);
  });
}

function missingIn(container: SimContainer, action: Wanted): readonly Attachment[] {
  const wanted = [...action.keep, ...action.volumes.map((volume) => volumeOf(container.ctid, volume)), ...action.mounts.map(mountOf)];
  const paths = new Set(container.attachments.map((attachment) => attachment.container_path));
  return wanted.filter(({ container_path }) => {
    const isNew = !paths.has(container_path);
    paths.add(container_path);
    return isNew;
  });
}

/** A volume's name follows from what is wanted, so that one which was made before a crash is found again. */
function volumeOf(ctid: Ctid, volume: WantedVolume): Attachment {
  const source = `${volume.pool}:vm-${ctid}-${volume.name}`;
  return { kind: "volume", source, container_path: volume.mount_point, in_snapshots: volume.snapshot };
}

function mountOf(mount: WantedMount): Attachment {
  return { kind: "bind", source: mount.host_path, container_path: mount.container_path, in_snapshots: false };
}

function attaching(ctid: Ctid, attachment: Attachment): readonly ((model: Model) => void)[] {
  const make = (model: Model) => void (model.volumes[attachment.source] ??= {});
  const add = (model: Model) => {
    const container = find(model, ctid);
    container.attachments = [...container.attachments, attachment];
    container.detached = container.detached.filter((source) => source !== attachment.source);
  };
  return attachment.kind === "volume" ? [make, add] : [add];
}
