import { Fault, toFailure } from "../domain/errors.ts";
import { capture, whyMissing } from "../driver/process.ts";
import { gpuFields, parseReadings, processFields, type Readings } from "./readings.ts";

/**
 * Asks nvidia-smi. Never throws: what goes wrong is why nothing is known. Ends it when it has not answered after so long. A host
 * without it is asked as often as any other, and nothing is started there for nothing.
 */
export async function readGpus(nvidiaSmi: string, timeout_ms: number): Promise<Readings> {
  const missing = await whyMissing(nvidiaSmi);
  if (missing !== null) return { known: false, why: missing.message };
  const over = new AbortController();
  const late = new Fault("TIMEOUT", `${nvidiaSmi} did not answer within ${timeout_ms / 1000} s`);
  const timer = setTimeout(() => over.abort(late), timeout_ms);
  const ask = (query: string) => capture([nvidiaSmi, query, "--format=csv,noheader,nounits"], { signal: over.signal });
  try {
    const gpus = await ask(`--query-gpu=${gpuFields.join(",")}`);
    return parseReadings(gpus, await ask(`--query-compute-apps=${processFields.join(",")}`));
  } catch (thrown) {
    return { known: false, why: toFailure(thrown).message.replaceAll(/\s*\n\s*/g, "; ") };
  } finally {
    clearTimeout(timer);
  }
}
