import type { Ctid, Settings, WantedMount, WantedVolume, Attachment } from "./container.ts";

/** The hash, sha256 in hex, of a file's bytes. The store keeps the bytes, so that a run uses what it was planned with. */
export type BlobHash = string;

/** A file that is put into a container. */
export interface PushedFile {
  readonly name: string;
  readonly blob: BlobHash;
  /** Permission bits, for example 0o700. */
  readonly mode: number;
}

/** Where a new container comes from. */
export type Origin =
  | { readonly from: "template"; readonly template: string }
  | { readonly from: "clone"; readonly source: Ctid; readonly snapshot: string }
  | { readonly from: "live"; readonly source: Ctid }; // a clone of what is there now

/** How to find out that a container is up: a shell command of the owner's, or the agent's own look at init and network. */
export type Probe =
  { readonly by: "command"; readonly command: string } | { readonly by: "agent"; readonly network: "none" | "addresses" | "default route" };

/** What a container held of a GPU before it was stopped. Memory in MiB; null: it was not known. */
export interface HeldMemory {
  readonly index: number;
  readonly used_mib: number | null;
  readonly pids: readonly number[];
  /** In use on the whole GPU, without anybody listed for it. */
  readonly unlisted_mib: number | null;
}

/** What a step does. Each is one thing that is done, or was not. */
export type Action =
  | { readonly do: "preflight" }
  | {
      readonly do: "create";
      readonly origin: Origin;
      readonly name: string;
      readonly pool: string;
      readonly unprivileged: boolean;
      readonly settings: Settings;
    }
  | { readonly do: "configure"; readonly settings: Settings }
  // Takes a container away that this run has made, and no other.
  | { readonly do: "destroy" }
  | {
      readonly do: "attach";
      readonly volumes: readonly WantedVolume[];
      readonly mounts: readonly WantedMount[];
      /** What was attached before and has to be again, whether or not the manifest knows it. */
      readonly keep: readonly Attachment[];
    }
  // Nothing but waiting: so many seconds, or until something that Phoenix does not start runs.
  | { readonly do: "wait"; readonly seconds: number }
  | { readonly do: "await"; readonly id: number }
  | { readonly do: "start" }
  | { readonly do: "ready"; readonly probe: Probe }
  | { readonly do: "stop"; readonly how: "graceful"; readonly timeout_s: number }
  | { readonly do: "stop"; readonly how: "kill" }
  // Looks whether GPU memory that a container held is free again, and says so loudly if not.
  | { readonly do: "memory-back"; readonly held: readonly HeldMemory[]; readonly within_s: number }
  | { readonly do: "feature"; readonly feature: string; readonly where: "inside" | "host"; readonly file: string; readonly blob: BlobHash }
  | {
      readonly do: "application";
      readonly script: string;
      readonly files: readonly PushedFile[];
      /** One hash over all of it; the ledger remembers it. */
      readonly hash: BlobHash;
    }
  | { readonly do: "health"; readonly command: string; readonly retries: number; readonly interval_s: number }
  | {
      readonly do: "snapshot";
      readonly name: string;
      readonly description: string;
      /** "atomic": one of that name may exist, and stays until this one has taken its place. */
      readonly replace: "never" | "atomic";
    }
  | { readonly do: "restore"; readonly name: string }
  | { readonly do: "delete-snapshot"; readonly name: string };

/** What happens to the run when this step fails for good, or when a cancel strikes at it. */
export type IfStopped =
  | "leave" // the run ends; nothing needs to be taken back
  | "undo" // the plan's undo steps are done
  | "commit"; // a cancel no longer strikes; a failure leaves the container as it is

export interface Step {
  /** Unique in its plan, for example "restore", "feature.docker", "undo.start". */
  readonly id: string;
  /** A few words, for example "restore pre-configured". */
  readonly title: string;
  /** Why, and with what. Times in it are RFC 3339 UTC. */
  readonly detail: string;
  readonly action: Action;
  readonly timeout_s: number;
  /** Tries in all; only transient failures are tried again. */
  readonly attempts: number;
  readonly backoff_s: number;
  readonly if_stopped: IfStopped;
  /** What has to be done before this step can be done a second time after an interruption. Empty: it can be repeated as it is. */
  readonly again: readonly Step[];
}
