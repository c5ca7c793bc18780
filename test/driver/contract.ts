// The sentences of src/agent/driver/driver.ts as tests. Every driver must pass them, on a real platform or a simulated one.
import { afterAll, afterEach, beforeAll, describe } from "@jest/globals";
import type { Ctid, Settings } from "../../src/agent/domain/container.ts";
import type { Driver } from "../../src/agent/driver/driver.ts";
import { bench, type Bench } from "./contract/bench.ts";
import { attachContract } from "./contract/attach.ts";
import { cloneContract } from "./contract/clone.ts";
import { callContract, repeatContract } from "./contract/calls.ts";
import { createContract } from "./contract/create.ts";
import { diffContract } from "./contract/diff.ts";
import { execContract } from "./contract/exec.ts";
import { fileContract } from "./contract/files.ts";
import { powerContract } from "./contract/power.ts";
import { restoreContract } from "./contract/restore.ts";
import { settingsContract } from "./contract/settings.ts";
import { snapshotContract } from "./contract/snapshot.ts";

/** A platform of one's own, to be used up by the suite, and what differs between platforms. */
export interface ContractHost {
  readonly driver: Driver;
  /** What create can make a container from: its rootfs has a busybox. */
  readonly template: string;
  /** A template that is not there. */
  readonly missing_template: string;
  /** A storage pool, as a manifest would name it. */
  readonly pool: string;
  /** Values to set and read back; those of `second` differ from those of `first`. */
  readonly first: Settings;
  readonly second: Settings;
  /** False where the storage can't clone from a snapshot. */
  readonly clones: boolean;
  /** A bridge that containers may be at; null where the host has none. */
  readonly bridge: string | null;
  /** Why the storage of `pool` can't tell what is different between two states; null where it can. */
  readonly no_diff: RegExp | null;
  /** A new, empty folder of the host, for a bind mount. */
  readonly hostFolder: () => Promise<string> | string;
  /** Locks a container as a backup would, or unlocks it; null where the platform has no locks. */
  readonly lock: ((ctid: Ctid, lock: "backup" | null) => Promise<void> | void) | null;
  /** Makes a running container's init ignore the request to shut down; null where that can't be arranged. */
  readonly stubborn: ((ctid: Ctid) => Promise<void> | void) | null;
  /** Takes everything away again, running containers too. */
  readonly dispose: () => Promise<void> | void;
}

type Chapters = Readonly<Record<string, (bench: Bench) => void>>;

/** Where what lies on the storage is made, kept and taken away: it differs between the storages of a platform. */
export const ofStorage: Chapters = {
  repeats: repeatContract,
  create: createContract,
  clones: cloneContract,
  "volumes and mounts": attachContract,
  snapshots: snapshotContract,
  restore: restoreContract,
  differences: diffContract,
};

const whole: Chapters = {
  ...ofStorage,
  "every call": callContract,
  settings: settingsContract,
  power: powerContract,
  files: fileContract,
  exec: execContract,
};

/**
 * Defines the suite, or some chapters of it for one more storage of a platform that passes the whole with another. Inside containers it uses these commands alone: `true`, `false`, `echo`, `cat`, `rm`, `env`, `pwd`, `ps`, `sleep`,
 * `mkdir`, `mv`, `chmod`, `test -e`, `stat -c`, `exit`, and `sh -c` with `;`, `&`, `>` and `>&2` of those.
 */
export function driverContract(name: string, makeHost: () => Promise<ContractHost> | ContractHost, chapters: Chapters = whole): void {
  describe(`the driver contract: ${name}`, () => {
    let host: ContractHost | null = null;
    const tools = bench(() => {
      if (host === null) throw new Error("the host was not made");
      return host;
    });
    beforeAll(async () => {
      host = await makeHost();
    });
    afterEach(() => tools.stopAll());
    afterAll(async () => {
      await host?.dispose();
    });
    for (const [chapter, define] of Object.entries(chapters)) {
      describe(chapter, () => {
        define(tools);
      });
    }
  });
}
