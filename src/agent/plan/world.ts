import type { ContainerConfig, Manifest, ScriptFiles } from "../config/manifest-types.ts";
import type { Ctid, Inventory, SettingKey } from "../domain/container.ts";
import type { GpuState } from "../domain/gpu.ts";
import type { Leases } from "../domain/lease.ts";
import type { Ledgers } from "../domain/ledger.ts";
import type { Protection } from "../domain/protection.ts";
import type { BlobHash } from "../domain/step.ts";

/** What a plan is made from: everything that is wanted and everything that is there, seen at one moment. Nothing else. */
export interface World {
  readonly platform: "proxmox" | "lxc" | "sim";
  readonly capabilities: { readonly atomic_replace: boolean; readonly live_settings: readonly SettingKey[]; readonly live_attach: boolean };
  /** The version of the configuration that manifest and files are of; null: of one that is not kept. */
  readonly config_version: number | null;
  readonly manifest: Manifest;
  readonly inventory: Inventory;
  readonly ledgers: Ledgers;
  /** The leases that hold now. */
  readonly leases: Leases;
  /** Snapshots that may not go, there or not. */
  readonly protections: readonly Protection[];
  readonly gpu: GpuState;
  readonly files: ScriptFiles;
  /** The part of the manifest that is pushed into a container, and a hash over what an application script may depend on in it. */
  readonly pushed_manifest: (config: ContainerConfig) => { readonly blob: BlobHash; readonly relevant: BlobHash };
  /** The bytes of everything above that is known by its hash. Throws Fault STATE_CHANGED when a file has changed since. */
  readonly content: (hash: BlobHash) => Uint8Array;
  /** Runs that have a container now. */
  readonly active: ReadonlyMap<Ctid, string>;
}

/** The part of it that can be seen without the agent's own memory. */
export type Seen = Pick<World, "manifest" | "inventory">;
