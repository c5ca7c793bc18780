import { createHash } from "node:crypto";
import type { BlobHash } from "../domain/step.ts";
import type { ContainerConfig, Manifest } from "./manifest-types.ts";

/** The name under which a container gets its part of the manifest, where application scripts look for it. */
export const pushedManifestName = "phoenix_lxc_configs.json";

/**
 * What a container gets to see of the manifest: the top-level keys, and under lxc_configs its own part alone, so that no
 * container learns another one's passwords. Pure; the same manifest gives the same bytes.
 */
export function pushedManifest(
  manifest: Pick<Manifest, "top">,
  config: Pick<ContainerConfig, "ctid" | "raw">,
): { readonly bytes: Uint8Array; readonly hash: BlobHash } {
  const text = JSON.stringify({ ...manifest.top, lxc_configs: { [config.ctid]: config.raw } }, null, 2);
  const bytes = Buffer.from(`${text}\n`);
  return { bytes, hash: createHash("sha256").update(bytes).digest("hex") };
}

/** Keys that the agent itself acts on, or that say when and how a run is done: a change of one is no reason to run a script again. */
const ownKeys: ReadonlySet<string> = new Set([
  "memory_mb",
  "swap_mb",
  "cores",
  "storage_size_gb",
  "start_at_boot",
  "boot_order",
  "boot_delay",
  "dependencies",
  "health_check",
  "ready",
  "timeout_s",
  "on_failure",
  "power",
  "shutdown_timeout_s",
  "gpu_memory_mb",
]);

/** A hash over what a container gets to see of the manifest and an application script may depend on. */
export function relevantHash(manifest: Pick<Manifest, "top">, config: Pick<ContainerConfig, "ctid" | "raw">): BlobHash {
  const raw = Object.fromEntries(Object.entries(config.raw).filter(([key]) => !ownKeys.has(key)));
  return pushedManifest(manifest, { ctid: config.ctid, raw }).hash;
}
