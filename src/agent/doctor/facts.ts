// What an examination looks at. Facts are gathered thinly (look.ts) and judged by rules (rules.ts).
import type { Manifest, Problem } from "../config/manifest-types.ts";
import type { BootOwner } from "../domain/boot.ts";
import type { Ctid, Inventory } from "../domain/container.ts";
import { toFailure, type Failure } from "../domain/errors.ts";
import type { RunRecord } from "../domain/journal.ts";

/** Something that was looked at, or why it could not be. */
export type Known<T> = { readonly known: true; readonly value: T } | { readonly known: false; readonly failure: Failure };

/** The agent's state folder, with the bytes that are free on its file system. */
export interface StateFolder {
  readonly folder: string;
  readonly free_bytes: number;
}

/** The configuration that counts. */
export interface ConfigurationFacts {
  readonly manifest: Manifest;
  readonly problems: readonly Problem[];
  /** What keeps the host's files from being what counts; null when nothing does. */
  readonly trouble: string | null;
}

/** What the agent remembers. */
export interface Memory {
  readonly owner: BootOwner;
  /** Why the newest change of owner did not come to its end; "" when it did. */
  readonly owner_trouble: string;
  /** The containers that a run has. */
  readonly active: ReadonlySet<Ctid>;
  /** The newest run of each container that has ended. */
  readonly ended: readonly RunRecord[];
  /** Notifications that have not arrived, and since when (milliseconds since 1970) the oldest of them waits. */
  readonly notices: { readonly count: number; readonly since: number | null };
  /** When the newest event was journaled, in milliseconds since 1970; null: there is none. */
  readonly newest_event: number | null;
}

/** When certificates end, in milliseconds since 1970. */
export interface CertificateFacts {
  /** The agent's own. */
  readonly server: number;
  /** Of the authority that signs those of workstations. */
  readonly authority: number;
  /** Those of workstations that are good now; the last one of each. */
  readonly clients: readonly { readonly name: string; readonly until: number }[];
}

/** What notifications need, where they are on. */
export interface NotifyFacts {
  readonly secret_file: string;
  /** Permission bits of the file, whose secret can be used. */
  readonly mode: number;
}

/** What can be seen of a host without an agent that runs. */
export interface HostFacts {
  readonly driver: "proxmox" | "lxc" | "sim";
  readonly platform: Known<Inventory>;
  readonly state: Known<StateFolder>;
  /** null: nobody is notified. */
  readonly notify: Known<NotifyFacts> | null;
}

/** Everything that is examined. */
export interface Facts extends HostFacts {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly settings_file: string;
  /** The settings file as it is now, beside what the agent runs with. */
  readonly settings: Known<"same" | "changed">;
  readonly configuration: Known<ConfigurationFacts>;
  readonly memory: Known<Memory>;
  /** null: the agent does not serve the network. */
  readonly certificates: CertificateFacts | null;
}

/** Looks, and keeps why it can't be looked. Never throws. */
export async function known<T>(look: () => Promise<T> | T): Promise<Known<T>> {
  try {
    return { known: true, value: await look() };
  } catch (thrown) {
    return { known: false, failure: toFailure(thrown) };
  }
}
