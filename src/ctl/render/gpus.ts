import type { Gpu__Output as Gpu, GpuHolder__Output as GpuHolder, ListGpusResponse__Output as Gpus } from "../../../proto/types.ts";
import { fromTimestamp } from "../../../proto/time.ts";
import { prose, span, type Line, type Look, type Span } from "./line.ts";
import { leaseRecord } from "./lease.ts";
import { tableWithNotes, type Column } from "./table.ts";
import { clean, wrap } from "./text.ts";
import { duration, isoTime, shortTime } from "./time.ts";
import { hostLabel, word, type HostName } from "./words.ts";

const heads: readonly Column[] = [
  { head: "HOST" },
  { head: "GPU", align: "right" },
  { head: "MODEL", flexible: true },
  { head: "MEMORY", align: "right" },
  { head: "HELD BY", flexible: true },
  { head: "SINCE" },
  { head: "UNTIL", flexible: true },
];

/** Where that column stands. */
const heldBy = 4;

/** GPUs with who holds them, a row for each holder; and what can't be seen. */
export function gpuTable({ gpus, unseen, idle_stop_s }: Gpus, host: HostName, look: Look): Line[] {
  const why = `Nothing is seen of the GPUs, only what manifest and configurations say is known. ${prose(unseen, look)}`;
  const blind = unseen === "" ? [] : wrap(why, look.width).map((line): Line => [span(line, "warn")]);
  if (gpus.length === 0) {
    return [
      [
        span(
          unseen === "" ? `no GPUs on ${hostLabel(host)}` : `no GPUs that anybody knows of on ${hostLabel(host)}: ${prose(unseen, look)}`,
        ),
      ],
    ];
  }
  const rows = gpus.flatMap((gpu) => rowsOf(gpu, idle_stop_s, host, look));
  return [...blind, ...tableWithNotes(heads, rows, look.width, heldBy)];
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
