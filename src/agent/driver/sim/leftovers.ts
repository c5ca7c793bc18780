import type { Ctid } from "../../domain/container.ts";
import { tidy } from "./model.ts";
import { perform, type Sim } from "./perform.ts";

/** Driver.endLeftovers. */
export function endLeftovers(sim: Sim, ctid: Ctid, run: string): Promise<void> {
  const { storage } = sim.options;
  const call = { run, signal: new AbortController().signal };
  return perform(sim, { call: "endLeftovers", ctid, what: {} }, call, async (during) => {
    await during();
    storage.change((model) => {
      tidy(model, ctid, run);
      const container = model.containers[ctid];
      if (container !== undefined) container.processes = container.processes.filter((process) => process.run !== run);
      model.host_processes = model.host_processes.filter((process) => process.run !== run || process.ctid !== ctid);
    });
  });
}
