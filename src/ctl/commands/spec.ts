import type { OnFailure__Output as OnFailure, Power__Output as Power, RunKind__Output as RunKind } from "../../../proto/types.ts";
import { complaint } from "../complaint.ts";
import { exit } from "../exit.ts";
import { ctid } from "../parse.ts";
import { word } from "../render/words.ts";
import type { Wanted } from "./shares.ts";

/** The flags that say what is to be done. */
export interface SpecFlags {
  readonly all?: boolean;
  readonly onFailure?: "restore" | "keep";
  readonly power?: "on" | "off" | "auto";
  readonly rebaseline?: boolean;
  readonly deleteNewer?: boolean;
  readonly snapshot?: string;
  readonly description?: string;
  readonly kill?: boolean;
  readonly force?: boolean;
  readonly source?: number;
  readonly start?: boolean;
  readonly makeRoom?: boolean;
}

/** What is to be done, as the contract says it. */
export interface Spec {
  readonly kind: RunKind;
  readonly ctids: number[];
  readonly all: boolean;
  readonly options: {
    readonly on_failure: OnFailure;
    readonly power: Power;
    readonly rebaseline: boolean;
    readonly delete_newer: boolean;
    readonly snapshot: string;
    readonly description: string;
    readonly kill: boolean;
    readonly force: boolean;
    readonly source: number;
    readonly start: boolean;
    readonly make_room: boolean;
  };
}

const onFailures = { restore: "ON_FAILURE_RESTORE", keep: "ON_FAILURE_KEEP", unset: "ON_FAILURE_UNSPECIFIED" } as const;
const powers = { on: "POWER_ON", off: "POWER_OFF", auto: "POWER_AUTO", unset: "POWER_UNSPECIFIED" } as const;

/** The flags as a spec. Throws Complaint when they name no container, or too many ways. */
export function specOf(kind: RunKind, flags: SpecFlags, ctids: readonly number[]): Spec {
  const name = word(kind);
  const all = flags.all ?? false;
  if (all && ctids.length > 0)
    throw complaint(exit.usage, `--all is every container of the manifest: leave out ${ctids.join(" ")}, or --all.`);
  if (all && kind !== "RUN_KIND_ORCHESTRATE")
    throw complaint(exit.usage, `--all goes with orchestrate only; ${name} wants its containers by CTID.`);
  if (!all && ctids.length === 0) {
    const example: readonly (readonly [string, string])[] = [["for example", `phoenixctl ${name} 950`]];
    throw complaint(exit.usage, `${name} of which container? Give one or more CTIDs.`, example);
  }
  return {
    kind,
    ctids: [...new Set(ctids)],
    all,
    options: {
      on_failure: onFailures[flags.onFailure ?? "unset"],
      power: powers[flags.power ?? "unset"],
      rebaseline: flags.rebaseline ?? false,
      delete_newer: flags.deleteNewer ?? false,
      snapshot: flags.snapshot ?? "",
      description: flags.description ?? "",
      kill: flags.kill ?? false,
      force: flags.force ?? false,
      source: flags.source ?? 0,
      start: flags.start ?? false,
      make_room: flags.makeRoom ?? false,
    },
  };
}

/** A spec as hosts share in it. */
export function wantedBy({ kind, ctids, all }: Pick<Spec, "kind" | "ctids" | "all">): Wanted {
  const of = all ? "hosts" : "containers";
  return { of, ctids, doing: (those) => `${word(kind)} of ${all ? "all containers" : those.join(", ")}` };
}

/** A CTID among words of several kinds, which stricli hands on as they are. Throws Complaint. */
export function parsedCtid(input: string): number {
  try {
    return ctid(input);
  } catch (thrown) {
    throw complaint(exit.usage, thrown instanceof Error ? thrown.message : input);
  }
}
