import { ask } from "../fleet/host.ts";
import { byHost, listHosts } from "../follow/list.ts";
import { blindLines, gpuRecord, gpuTable } from "../render/gpus.ts";
import { hostRecord } from "../render/json.ts";
import type { HostName } from "../render/words.ts";
import type { Globals, Session } from "../session.ts";

/** Lists GPUs, who holds them, and until when. */
export async function gpuList(session: Session, _flags: Globals): Promise<number> {
  const unseen = new Map<HostName, string>();
  return listHosts(session, {
    errand: { kind: "hosts", doing: "list of GPUs" },
    key: "gpus",
    none: (where) => `no GPUs on ${where}`,
    ask: async (host, name) => {
      const found = await ask(host, host.services.gpu.ListGpus, {});
      if (found.unseen !== "") unseen.set(name, found.unseen);
      return found.gpus.map((gpu) => ({ gpu, idle_stop_s: found.idle_stop_s }));
    },
    arrange: byHost,
    record: ({ gpu }) => gpuRecord(gpu),
    lines: gpuTable,
    more: {
      lines: (look) => blindLines([...unseen], look),
      record: () => ({ unseen: [...unseen].map(([{ hostname }, message]) => ({ host: hostname, message })) }),
      records: () => [...unseen].map(([name, message]) => ({ ...hostRecord(name), unseen: message })),
    },
  });
}
