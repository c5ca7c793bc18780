// A container platform that is not there: for plans, tests, faults and machines that can run no containers.
// What its containers understand: interpreter.ts. What can go wrong with it: faults.ts. Where its state lies: storage.ts.
import type { Ctid } from "../../domain/container.ts";
import type { Driver } from "../driver.ts";
import { attach } from "./attach.ts";
import { callLog, type CallRecord } from "./calls.ts";
import { configure, create, destroy, start, stop } from "./containers.ts";
import { diff, sizes } from "./diff.ts";
import { layersOf, readFile } from "./files.ts";
import { endLeftovers } from "./leftovers.ts";
import { find, type Model } from "./model.ts";
import { observe } from "./observe.ts";
import { withDefaults, type SimOptions } from "./options.ts";
import { outside, type Outside } from "./outside.ts";
import type { Sim } from "./perform.ts";
import { exec, lives, runInside, runOnHost } from "./processes.ts";
import { deleteSnapshot, restore, snapshot } from "./snapshots.ts";

/** A driver, and what tests want to do and see beside it. */
export interface SimDriver extends Driver {
  readonly platform: "sim";
  readonly outside: Outside;
  /** Every call by which something changes that was made to this driver, oldest first. */
  readonly calls: () => readonly CallRecord[];
  /** The text of a file, whether or not the container runs; null when there is none. Throws Fault CONTAINER_MISSING. */
  readonly read: (ctid: Ctid, path: string) => string | null;
  /** What was done to the root file system, oldest first: "template x", "clone 920 base", "run app.sh 0a1b2c3d". */
  readonly layers: (ctid: Ctid) => readonly string[];
  /** Everything that the platform knows. Not to be changed. */
  readonly model: () => Model;
}

/** Makes a simulated platform; drivers with the same storage share one. */
export function simDriver(given: Partial<SimOptions> = {}): SimDriver {
  const options = withDefaults(given);
  const log = callLog(options.log);
  const sim: Sim = { options, log, ...lives() };
  const { storage } = options;
  return {
    platform: "sim",
    capabilities: options.capabilities,
    observe: () => observe(sim),
    create: (...args) => create(sim, ...args),
    destroy: (...args) => destroy(sim, ...args),
    configure: (...args) => configure(sim, ...args),
    attach: (...args) => attach(sim, ...args),
    start: (...args) => start(sim, ...args),
    stop: (...args) => stop(sim, ...args),
    snapshot: (...args) => snapshot(sim, ...args),
    restore: (...args) => restore(sim, ...args),
    deleteSnapshot: (...args) => deleteSnapshot(sim, ...args),
    sizes: (ctid) => sizes(sim, ctid),
    diff: (...args) => diff(sim, ...args),
    exec: (...args) => exec(sim, ...args),
    runInside: (...args) => runInside(sim, ...args),
    runOnHost: (...args) => runOnHost(sim, ...args),
    endLeftovers: (...args) => endLeftovers(sim, ...args),
    outside: outside(sim),
    calls: log.all,
    read: (ctid, path) => {
      const file = readFile(storage.read(), find(storage.read(), ctid), path);
      return file === null ? null : Buffer.from(file.bytes, "latin1").toString("utf8");
    },
    layers: (ctid) => layersOf(find(storage.read(), ctid)),
    model: storage.read,
  };
}
