import type { Ctid } from "../../domain/container.ts";
import type { Call, Driver } from "../driver.ts";
import { makeFolder, writeFile } from "./files.ts";
import { findRunning } from "./model.ts";
import { inParts, perform, type Sim } from "./perform.ts";

/** Driver.push. */
export function push(sim: Sim, ctid: Ctid, folder: string, files: Parameters<Driver["push"]>[2], call: Call): Promise<void> {
  const what = { folder, files: files.map(({ name }) => name) };
  return perform(sim, { call: "push", ctid, what }, call, async (during) => {
    findRunning(sim.options.storage.read(), ctid);
    await inParts(sim, during, [
      (model) => makeFolder(model, findRunning(model, ctid), folder, 0o700),
      (model) => {
        for (const { name, content, mode } of files) {
          writeFile(model, findRunning(model, ctid), `${folder}/${name}`, Buffer.from(content).toString("latin1"), mode);
        }
      },
    ]);
  });
}
