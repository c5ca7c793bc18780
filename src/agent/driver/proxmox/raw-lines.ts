import type { Settings } from "../../domain/container.ts";
import { parseConf, printConf, rawOf, without, withLine, type Entry } from "./conf.ts";
import { gpuDeviceOf, isGpuEntry } from "./gpu.ts";
import { indexes, isWanted } from "./gpu-args.ts";

/** The raw lines that are wanted, without those for GPUs that are not: `gpus` has the last word about these. null: nothing is said about raw lines. */
export function wantedRaw({ raw, gpus }: Settings): string | null {
  if (raw === undefined) return null;
  const lines = raw.split("\n").filter((line) => line !== "");
  return (gpus === undefined ? lines : lines.filter((line) => !isUnwantedGpu(entryOfText(line), indexes(gpus)))).join("\n");
}

/** N.conf with the raw lines as wanted, at the end of the main section; nothing else is touched, and no line that is right is moved. */
export function withRaw(text: string, { raw, gpus }: Settings): string {
  const conf = parseConf(text);
  const wanted = wantedRaw({ ...(raw === undefined ? {} : { raw }), ...(gpus === undefined ? {} : { gpus }) });
  const lines = wanted === null ? null : wanted.split("\n").filter((line) => line !== "");
  const isRaw = ({ key }: Entry) => key.startsWith("lxc.");
  const gone = (entry: Entry) =>
    isRaw(entry) &&
    ((lines !== null && !lines.includes(`${entry.key}=${entry.value}`)) || (gpus !== undefined && isUnwantedGpu(entry, indexes(gpus))));
  const kept = without(conf, gone);
  const there = new Set(rawOf(kept.main).map(({ key, value }) => `${key}=${value}`));
  const missing = (lines ?? []).filter((line) => !there.has(line)).map(entryOfText);
  return printConf(missing.reduce((edited, { key, value }) => withLine(edited, `${key}: ${value}`), kept));
}

function isUnwantedGpu(entry: Entry, wanted: readonly number[]): boolean {
  if (!isGpuEntry(entry)) return false;
  const device = gpuDeviceOf(entry);
  return device === null ? wanted.length === 0 : !isWanted(device, wanted);
}

/** "lxc.apparmor.profile=unconfined" */
function entryOfText(line: string): Entry {
  const at = line.indexOf("=");
  return { key: line.slice(0, at).trim(), value: line.slice(at + 1).trim() };
}
