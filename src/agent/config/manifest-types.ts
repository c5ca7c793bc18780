import type { Ctid, Settings, WantedMount, WantedVolume } from "../domain/container.ts";
import type { OnFailure, Power } from "../domain/plan.ts";
import type { BlobHash } from "../domain/step.ts";

/** A remark on the manifest or the settings, with its place in the file. */
export interface Problem {
  readonly severity: "error" | "warning";
  /** The container that it concerns; null when it concerns the whole file. */
  readonly ctid: Ctid | null;
  /** A JSON path, for example $.lxc_configs["950"].cores. */
  readonly path: string;
  /** From 1; 0 when unknown. */
  readonly line: number;
  readonly column: number;
  /** What is wrong, and what was expected. */
  readonly message: string;
}

/** Where a container comes from when it does not exist. "existing": the manifest does not say, so it can't be made. */
export type WantedOrigin =
  | { readonly from: "template"; readonly template: string }
  | { readonly from: "clone"; readonly source: Ctid }
  | { readonly from: "existing" };

/** One container of the manifest, with every default filled in. */
export interface ContainerConfig {
  readonly ctid: Ctid;
  readonly name: string;
  readonly origin: WantedOrigin;
  /** Where its root file system lies; "" is the platform's default. */
  readonly pool: string;
  readonly unprivileged: boolean;
  readonly settings: Settings;
  /** Set for a template: the snapshot that clones start from. */
  readonly template_snapshot: string | null;
  readonly gpus: readonly number[];
  readonly features: readonly string[];
  /** null: it has no application script. `files` are further files of the scripts folder that the script wants beside it. */
  readonly application: { readonly script: string; readonly files: readonly string[]; readonly timeout_s: number } | null;
  readonly volumes: readonly WantedVolume[];
  readonly mounts: readonly WantedMount[];
  /** A shell command that succeeds when the container is up; null: the agent's own check. */
  readonly ready: string | null;
  readonly health: { readonly command: string; readonly retries: number; readonly interval_s: number } | null;
  /** Ids of containers or virtual machines. */
  readonly dependencies: readonly number[];
  readonly boot: { readonly start: boolean; readonly order: number | null; readonly delay_s: number };
  readonly on_failure: OnFailure;
  readonly power: Power;
  readonly shutdown_timeout_s: number;
  readonly gpu_memory_mb: number | null;
  /** This container's part of the manifest as it was written, unknown keys included. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** The manifest, as far as it can be used. */
export interface Manifest {
  readonly file: string;
  /** sha256 of its text, hex. */
  readonly hash: string;
  readonly containers: ReadonlyMap<Ctid, ContainerConfig>;
  /** Containers that are in the file and have an error. */
  readonly broken: ReadonlyMap<Ctid, readonly Problem[]>;
  /** The top-level keys but lxc_configs, as they were written. */
  readonly top: Readonly<Record<string, unknown>>;
  readonly problems: readonly Problem[];
}

/** The owner's script and feature folders, as far as a plan needs them: file name to content hash. */
export interface ScriptFiles {
  readonly scripts_folder: string;
  readonly features_folder: string;
  readonly scripts: ReadonlyMap<string, BlobHash>;
  readonly features: ReadonlyMap<string, BlobHash>;
}
