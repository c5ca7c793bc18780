import { markDescription, type Attachment, type Ctid, type Settings } from "../../domain/container.ts";
import { writeFile } from "./files.ts";
import { find, halt, newContainer } from "./model.ts";
import type { Sim } from "./perform.ts";
import { capture, commit } from "./snapshots.ts";

/** What somebody else does to the host, not through Phoenix. Immediate; not recorded; not bound by locks. */
export interface Outside {
  /** Makes a container, stopped. */
  readonly add: (
    ctid: Ctid,
    wanted?: { readonly name?: string; readonly pool?: string; readonly settings?: Settings; readonly attachments?: readonly Attachment[] },
  ) => void;
  readonly start: (ctid: Ctid) => void;
  /** At once; what runs in it ends with 137. */
  readonly stop: (ctid: Ctid) => void;
  readonly remove: (ctid: Ctid) => void;
  readonly lock: (ctid: Ctid, lock: string | null) => void;
  readonly configure: (ctid: Ctid, settings: Settings) => void;
  /** Takes a snapshot by hand, or as the run that is named. */
  readonly snapshot: (ctid: Ctid, name: string, run?: string) => void;
  /** Writes a file into a container, whether or not it runs. */
  readonly write: (ctid: Ctid, path: string, text: string) => void;
  /** From now on its init does not listen to a request to shut down, or listens again. */
  readonly stubborn: (ctid: Ctid, stubborn: boolean) => void;
  /** Makes, starts or stops a virtual machine. */
  readonly machine: (id: number, state: "running" | "stopped") => void;
  /** The host boots: everything is stopped. */
  readonly reboot: () => void;
}

/** The hooks of a simulated platform. */
export function outside(sim: Sim): Outside {
  const { storage, clock } = sim.options;
  return {
    add: (ctid, wanted = {}) =>
      storage.change((model) => {
        const { name = `ct${ctid}`, pool = "local", settings = {}, attachments = [] } = wanted;
        for (const { kind, source } of attachments) if (kind === "volume") model.volumes[source] ??= {};
        model.containers[ctid] = { ...newContainer({ ctid, name, pool, unprivileged: false, run: "", settings }), attachments };
      }),
    start: (ctid) => storage.change((model) => void (find(model, ctid).state = "running")),
    stop: (ctid) => {
      storage.change((model) => halt(find(model, ctid)));
      sim.killed(ctid);
    },
    remove: (ctid) => {
      storage.change((model) => void delete model.containers[ctid]);
      sim.killed(ctid);
    },
    lock: (ctid, lock) => storage.change((model) => void Object.assign(find(model, ctid), { lock, lock_run: null })),
    configure: (ctid, settings) =>
      storage.change((model) => void Object.assign(find(model, ctid), { settings: { ...find(model, ctid).settings, ...settings } })),
    snapshot: (ctid, name, run) =>
      storage.change((model) => {
        const description = run === undefined ? "by hand" : markDescription("by a run", run);
        find(model, ctid).half = capture(model, find(model, ctid), name, description, clock.now());
        commit(find(model, ctid));
      }),
    write: (ctid, path, text) => storage.change((model) => writeFile(model, find(model, ctid), path, Buffer.from(text).toString("latin1"))),
    stubborn: (ctid, stubborn) => storage.change((model) => void (find(model, ctid).stubborn = stubborn)),
    machine: (id, state) => storage.change((model) => void (model.machines[id] = state)),
    reboot: () => {
      const ctids = storage.change((model) => {
        model.host_processes = [];
        for (const id of Object.keys(model.machines)) model.machines[id] = "stopped";
        return Object.values(model.containers).map((container) => {
          halt(container);
          return container.ctid;
        });
      });
      for (const ctid of ctids) sim.killed(ctid);
    },
  };
}
