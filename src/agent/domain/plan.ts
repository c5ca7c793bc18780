import type { Ctid, Moment, Settings } from "./container.ts";
import type { Reason } from "./errors.ts";
import type { Step } from "./step.ts";

export const runKinds = [
  "orchestrate",
  "reconfigure",
  "letsgo",
  "snapshot",
  "restore",
  "delete",
  "clone",
  "start",
  "stop",
  "restart",
  "autostart",
  "gpu-shutdown",
] as const;
export type RunKind = (typeof runKinds)[number];

export type OnFailure = "restore" | "keep";
export type Power = "on" | "off" | "auto";

/** What is asked for, for one container. "manifest" means as the manifest says. */
export type RunRequest = {
  readonly ctid: Ctid;
  /** A lease is no reason to leave the container up. */
  readonly force?: true;
  /** Stops what is in the way of a start on a GPU, as far as it is idle; with force also what is in use or leased. */
  readonly make_room?: true;
} & (
  | {
      readonly kind: "orchestrate";
      readonly on_failure: OnFailure | "manifest";
      readonly power: Power | "manifest";
      readonly baseline: "keep" | "replace";
    }
  | {
      readonly kind: "reconfigure";
      readonly on_failure: OnFailure | "manifest";
      readonly power: Power | "manifest";
      readonly newer: "keep" | "delete";
    }
  | { readonly kind: "letsgo"; readonly on_failure: OnFailure | "manifest"; readonly newer: "keep" | "delete" }
  | { readonly kind: "snapshot"; readonly snapshot: string; readonly description: string }
  | { readonly kind: "restore"; readonly snapshot: string; readonly newer: "keep" | "delete" }
  | { readonly kind: "delete"; readonly snapshot: string }
  // `ctid` is the new one.
  | { readonly kind: "clone"; readonly source: Ctid; readonly of: Moment; readonly power: "on" | "off" }
  // "boot": as a part of a boot, or of its reverse.
  | { readonly kind: "start"; readonly boot?: true }
  | { readonly kind: "stop"; readonly how: "graceful" | "kill"; readonly boot?: true }
  | { readonly kind: "restart"; readonly how: "graceful" | "kill" }
  // Whether and when the platform itself starts it at the host's boot.
  | { readonly kind: "autostart"; readonly settings: Pick<Settings, "onboot" | "startup"> }
  | {
      readonly kind: "gpu-shutdown";
      readonly when: "idle" | "always";
      /** Nobody has asked for a container by name: a leased one is left running. Otherwise that is a blocker. */
      readonly leased: "skip" | "refuse";
      /** Seconds to shut down in; null: as the manifest says. */
      readonly grace_s: number | null;
      readonly why: string;
    }
);

/** A reason why a run may not begin, with what to do about it. */
export interface Blocker {
  readonly reason: Reason;
  readonly ctid: Ctid;
  readonly message: string;
  readonly remedy: string;
}

/** Everything that a run is going to do, in order; pure data. */
export interface Plan {
  readonly request: RunRequest;
  readonly name: string;
  readonly steps: readonly Step[];
  /** Brings the container back when a step with if_stopped "undo" fails. Empty when no step has that. */
  readonly undo: readonly Step[];
  readonly blockers: readonly Blocker[];
  readonly warnings: readonly string[];
  /** Containers of the same request that have to succeed first. */
  readonly after: readonly Ctid[];
}
