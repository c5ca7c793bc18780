import { exit } from "../exit.ts";
import { ask } from "../fleet/host.ts";
import { withHost } from "../fleet/with-host.ts";
import { gpuRecord, gpuTable } from "../render/gpus.ts";
import { hostRecord } from "../render/json.ts";
import type { Globals, Session } from "../session.ts";

/** Lists GPUs, who holds them, and until when. */
export async function gpuList(session: Session, _flags: Globals): Promise<number> {
  return withHost(session, "list of GPUs", async (host, name) => {
    const found = await ask(host, host.services.gpu.ListGpus, {});
    const unseen = found.unseen === "" ? null : found.unseen;
    if (session.output === "ndjson") for (const each of found.gpus) session.record({ ...hostRecord(name), ...gpuRecord(each) });
    else if (session.output !== "table") await session.document({ ...hostRecord(name), unseen, gpus: found.gpus.map(gpuRecord) });
    else session.print(gpuTable(found, name, session.look()));
    return exit.done;
  });
}
