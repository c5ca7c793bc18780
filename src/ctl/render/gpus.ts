import type { Gpu__Output as Gpu, GpuHolder__Output as GpuHolder } from "../../../proto/types.ts";
import { fromTimestamp } from "../../../proto/time.ts";
import { prose, span, type Line, type Look, type Span } from "./line.ts";
import { leaseRecord } from "./lease.ts";
import { hostColumn, silentLines, type Located, type Silent } from "./located.ts";
import { tableWithNotes, type Column } from "./table.ts";
import { clean, wrap } from "./text.ts";
import { duration, isoTime, shortTime } from "./time.ts";
import { hostLabel, word, type HostName } from "./words.ts";

const heads: readonly Column[] = [
  { head: "GPU", align: "right" },
  { head: "MODEL", flexible: true },
  { head: "MEMORY", align: "right" },
  { head: "HELD BY", flexible: true },
  { head: "SINCE" },
  { head: "UNTIL", flexible: true },
];

/** Where that column stands, behind the one of hosts. */
const heldBy = 4;

/** A GPU, and after how many seconds its host stops who is idle; 0: never. */
export interface SeenGpu {
  readonly gpu: Gpu;
  readonly idle_stop_s: number;
}

/** GPUs with who holds them, a row for each holder, and below them the hosts that did not answer. */
export function gpuTable(gpus: readonly Located<SeenGpu>[], silent: readonly Silent[], look: Look): Line[] {
  const rows = gpus.flatMap(({ host, item }) => rowsOf(item.gpu, item.idle_stop_s, host, look));
  return [...tableWithNotes([hostColumn(silent), ...heads], rows, look.width, heldBy), ...silentLines(silent, gpus, hostLabel)];
}

/** Hosts on which GPUs can't be seen, and why; hosts with the same trouble together. */
export function blindLines(unseen: readonly (readonly [HostName, why: string])[], look: Look): Line[] {
  const whys = [...new Set(unseen.map(([, why]) => why))];
  return whys.flatMap((why) => {
    const hosts = unseen.filter(([, each]) => each === why).map(([host]) => hostLabel(host));
    const text = `Nothing is seen of the GPUs on ${hosts.join(", ")}, only what manifest and configurations say is known. ${prose(why, look)}`;
    return wrap(text, look.width).map((line): Line => [span(line, "warn")]);
  });
}

function rowsOf(gpu: Gpu, idle_stop_s: number, host: HostName, look: Look): Span[][] {
  const own = [span(hostLabel(host)), span(String(gpu.index)), span(modelOf(gpu)), span(memoryOf(gpu))];
  const none = [span(""), span(""), span(""), span("")];
  if (gpu.holders.length === 0) return [[...own, span("nobody", "dim"), span(""), span("")]];
  return gpu.holders.map((holder, index) => {
    const since = fromTimestamp(holder.since);
    return [
      ...(index === 0 ? own : none),
      holderOf(holder),
      span(since === null ? "-" : shortTime(since, look)),
      untilOf(holder, idle_stop_s, look),
    ];
  });
}

function modelOf({ model }: Gpu): string {
  return clean(model).replace(/^NVIDIA (GeForce )?/, "") || "-";
}

function memoryOf({ used_mib, total_mib }: Gpu): string {
  if (total_mib === undefined) return "-";
  return used_mib === undefined ? `${gib(total_mib)} GiB` : `${gib(used_mib)} of ${gib(total_mib)} GiB`;
}

function holderOf({ ctid, name, used_mib }: GpuHolder): Span {
  const memory = used_mib === undefined ? "" : ` (${used_mib === 0 ? "nothing" : `${gib(used_mib)} GiB`})`;
  return span(`${ctid === 0 ? "" : `${ctid} `}${clean(name)}${memory}`);
}

/** "lease to 18:00 (ana: demo)", "idle 22 m, stops at 14:40", "01:00 by schedule night". */
function untilOf({ lease, idle_s, until, until_at, schedule }: GpuHolder, idle_stop_s: number, look: Look): Span {
  const at = fromTimestamp(until_at);
  const time = at === null ? "" : shortTime(at, look);
  const idle = idle_s === undefined || idle_s < 60 ? "" : `idle ${duration(idle_s)}`;
  if (until === "GPU_UNTIL_LEASE" && lease) {
    return span(`lease to ${time} (${clean(lease.holder)}${lease.reason === "" ? "" : `: ${clean(lease.reason)}`})`, "good");
  }
  if (until === "GPU_UNTIL_IDLE" && idle_stop_s > 0 && idle !== "") return span(`${idle}, stops at ${time}`, "warn");
  const next = until === "GPU_UNTIL_SCHEDULE" ? [`${time} by schedule ${clean(schedule)}`] : [];
  return span([...(idle === "" ? [] : [idle]), ...next].join(", "), idle === "" ? "plain" : "warn");
}

function gib(mib: number): string {
  return (mib / 1024).toFixed(1);
}

/** The record of a GPU. What is not known is null. */
export function gpuRecord({ index, model, used_mib, total_mib, utilization_percent, holders }: Gpu) {
  return {
    index,
    model: model === "" ? null : model,
    used_mib: used_mib ?? null,
    total_mib: total_mib ?? null,
    utilization_percent: utilization_percent ?? null,
    holders: holders.map((holder) => ({
      ctid: holder.ctid === 0 ? null : holder.ctid,
      name: holder.name,
      used_mib: holder.used_mib ?? null,
      since: isoTime(holder.since),
      idle_s: holder.idle_s ?? null,
      lease: holder.lease === null ? null : leaseRecord(holder.lease),
      until: holder.until === "GPU_UNTIL_UNSPECIFIED" ? null : word(holder.until),
      until_at: isoTime(holder.until_at),
      schedule: holder.schedule === "" ? null : holder.schedule,
    })),
  };
}
