import type { BlobHash } from "./step.ts";

/** The three places on the host that a configuration lies in; of the first there is one file. */
export const places = ["manifest", "scripts", "features"] as const;
export type Place = (typeof places)[number];

/** What the manifest is called among the files of a configuration, whatever its file on the host is called. */
export const manifestName = "phoenix_lxc_configs.json";

/** The helper library that users' scripts source; it is put beside every application script where the scripts folder has it. */
export const commonUtils = "phoenix_hypervisor_common_utils.sh";

/** A file of a configuration. "found": the manifest names it, and it was on the host; "pushed": it came from a workstation, and goes with it. */
export interface ConfigFile {
  readonly place: Place;
  readonly name: string;
  readonly hash: BlobHash;
  readonly from: "pushed" | "found";
}

/** What made a version: it was there when the agent came, somebody edited the files on the host, pushed, or went back to an older one. */
export type Cause = "found" | "edited" | "pushed" | "reverted";

/** A version before it is written down. */
export interface NewVersion {
  readonly cause: Cause;
  /** Who, as far as that is known; of what was found or edited on the host it is not. */
  readonly author: string;
  readonly message: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Why it did not come into force; null: it did. */
  readonly set_aside: string | null;
  /** By place and name. */
  readonly files: readonly ConfigFile[];
  /** The caller's, of which each is written once; null where nobody called. */
  readonly request_id: string | null;
}

/** The manifest, the scripts and the features as they were together at one time. They never change, and are never deleted. */
export interface ConfigVersion extends Omit<NewVersion, "request_id"> {
  /** From 1 on, ascending. */
  readonly no: number;
  /** One hash over places, names and contents. */
  readonly hash: string;
}

/** What is still to be done to the files on the host, so that they are those of a version. */
export interface Laying {
  readonly version: number;
  /** Files that the version before it had, and that go. */
  readonly removals: readonly ConfigFile[];
}

/** Where versions are kept, with the contents of their files. Each call is one transaction that is on disk when it returns, and throws Fault STORE. */
export interface ConfigBook {
  /** Writes versions, the last of which is to be laid onto the host's disk if its removals are given; null: it lies there already. */
  readonly add: (
    versions: readonly NewVersion[],
    contents: ReadonlyMap<BlobHash, Uint8Array>,
    removals: readonly ConfigFile[] | null,
  ) => ConfigVersion;
  readonly get: (no: number) => ConfigVersion | null;
  readonly ofRequest: (request_id: string) => ConfigVersion | null;
  readonly newest: () => ConfigVersion | null;
  /** The newest that was not set aside. */
  readonly inForce: () => ConfigVersion | null;
  /** Newest first, at most so many, all older than a number where one is given. */
  readonly list: (limit: number, before: number | null) => readonly ConfigVersion[];
  /** What was not finished; null when the disk has been seen to. */
  readonly laying: () => Laying | null;
  readonly laid: () => void;
  readonly content: (hash: BlobHash) => Uint8Array;
  /** Whether a version has this content, so that it is not lost with a file. */
  readonly keeps: (hash: BlobHash) => boolean;
}
