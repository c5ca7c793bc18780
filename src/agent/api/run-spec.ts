import type { OnFailure__Output, Power__Output, RunKind__Output, RunOptions__Output, RunSpec__Output } from "../../../proto/index.ts";
import { runKinds, type RunKind } from "../domain/plan.ts";
import type { Targets, Wish } from "../run/orchestrator.ts";
import { complaint, ctid, demand, description, snapshotName, type Complaint } from "./validate.ts";

type Options = RunOptions__Output;
type Option = keyof Options;

/** What is asked for, once it has been understood. */
export interface Order {
  readonly wish: Wish;
  readonly targets: Targets;
}

/** The kinds that a spec can ask for; who boots, and GPU shutdowns, are asked for with words of their own. */
type SpecKind = Exclude<RunKind, "autostart" | "gpu-shutdown">;
const specKinds = runKinds.filter((kind) => kind !== "autostart" && kind !== "gpu-shutdown");

/** The options that concern each kind; another one is refused, so that nobody relies on what has no effect. */
const concerned: Readonly<Record<SpecKind, readonly Option[]>> = {
  orchestrate: ["on_failure", "power", "rebaseline", "force", "make_room"],
  reconfigure: ["on_failure", "power", "delete_newer", "force", "make_room"],
  letsgo: ["on_failure", "delete_newer", "force", "make_room"],
  snapshot: ["snapshot", "description"],
  restore: ["snapshot", "delete_newer", "force"],
  delete: ["snapshot"],
  clone: ["source", "snapshot", "start"],
  start: ["make_room", "force"],
  stop: ["kill", "force"],
  restart: ["kill", "force"],
};

/** What an option is when nobody sets it. */
const unset: Options = {
  on_failure: "ON_FAILURE_UNSPECIFIED",
  power: "POWER_UNSPECIFIED",
  rebaseline: false,
  delete_newer: false,
  snapshot: "",
  description: "",
  kill: false,
  force: false,
  source: 0,
  start: false,
  make_room: false,
};

const onFailures: Readonly<Record<OnFailure__Output, "manifest" | "restore" | "keep">> = {
  ON_FAILURE_UNSPECIFIED: "manifest",
  ON_FAILURE_RESTORE: "restore",
  ON_FAILURE_KEEP: "keep",
};

const powers: Readonly<Record<Power__Output, "manifest" | "on" | "off" | "auto">> = {
  POWER_UNSPECIFIED: "manifest",
  POWER_ON: "on",
  POWER_OFF: "off",
  POWER_AUTO: "auto",
};

const mostTargets = 1000;

/** Understands a RunSpec of one of these kinds, or refuses it with everything that is wrong with it. */
export function readSpec(spec: RunSpec__Output | null, kinds: readonly SpecKind[] = specKinds): Order {
  const kind = kinds.find((each) => spec?.kind === kindName(each));
  const expected = `expected one of ${kinds.map(kindName).join(", ")}`;
  if (spec === null || kind === undefined) {
    demand(complaint("spec.kind", expected, spec?.kind ?? "nothing"));
    throw new Error("unreachable: demand has thrown");
  }
  const options = spec.options ?? unset;
  demand(...targetComplaints(spec, kind), ...optionComplaints(kind, options));
  return {
    wish: { ...wishes[kind](options), ...forced(options.force), ...roomy(options.make_room) },
    targets: spec.all ? "all" : spec.ctids,
  };
}

/** What a wish has besides where a lease is no reason. */
export function forced(force: boolean): { readonly force?: true } {
  return force ? { force: true } : {};
}

/** What a wish has besides where others may be stopped for their GPU. */
export function roomy(make_room: boolean): { readonly make_room?: true } {
  return make_room ? { make_room: true } : {};
}

type Underscored<Word extends string> = Word extends `${infer Before}-${infer After}` ? `${Before}_${After}` : Word;

/** The name that a kind has in the contract. */
export function kindName(kind: RunKind): Exclude<RunKind__Output, "RUN_KIND_UNSPECIFIED"> {
  return `RUN_KIND_${kind.toUpperCase().replaceAll("-", "_") as Underscored<Uppercase<RunKind>>}`;
}

function targetComplaints({ ctids, all }: RunSpec__Output, kind: SpecKind): readonly Complaint[] {
  if (all && kind !== "orchestrate") return [complaint("spec.all", `expected false, since ${kind} wants its containers named`, all)];
  if (all) return [ctids.length === 0 ? null : complaint("spec.ctids", "expected none beside all", ctids)];
  const twice = ctids.find((each, i) => ctids.indexOf(each) < i);
  return [
    ctids.length === 0 ? complaint("spec.ctids", "expected at least one container", "none") : null,
    ctids.length > mostTargets ? complaint("spec.ctids", `expected at most ${mostTargets}`, ctids.length) : null,
    kind === "clone" && ctids.length > 1 ? complaint("spec.ctids", "expected the number of one new container", ctids.length) : null,
    twice === undefined ? null : complaint("spec.ctids", "expected each container once", `${twice} twice`),
    ...ctids.map((each) => ctid(each, "spec.ctids")),
  ];
}

function optionComplaints(kind: SpecKind, options: Options): readonly Complaint[] {
  const given = (Object.keys(unset) as Option[]).filter((option) => options[option] !== unset[option]);
  const strays = given.filter((option) => !concerned[kind].includes(option));
  return [
    ...strays.map((option) => complaint(`options.${option}`, `expected nothing, since it does not concern ${kind}`, options[option])),
    concerned[kind].includes("snapshot") && !(kind === "clone" && options.snapshot === "")
      ? snapshotName(options.snapshot, "options.snapshot")
      : null,
    kind === "clone" ? ctid(options.source, "options.source") : null,
    description(options.description),
    options.on_failure in onFailures
      ? null
      : complaint("options.on_failure", `expected one of ${Object.keys(onFailures).join(", ")}`, options.on_failure),
    options.power in powers ? null : complaint("options.power", `expected one of ${Object.keys(powers).join(", ")}`, options.power),
  ];
}

/** The wish of each kind. */
const wishes: Readonly<Record<SpecKind, (options: Options) => Wish>> = {
  orchestrate: (options) => ({
    kind: "orchestrate",
    on_failure: onFailures[options.on_failure],
    power: powers[options.power],
    baseline: options.rebaseline ? "replace" : "keep",
  }),
  reconfigure: (options) => ({
    kind: "reconfigure",
    on_failure: onFailures[options.on_failure],
    power: powers[options.power],
    newer: newer(options),
  }),
  letsgo: (options) => ({ kind: "letsgo", on_failure: onFailures[options.on_failure], newer: newer(options) }),
  snapshot: (options) => ({ kind: "snapshot", snapshot: options.snapshot, description: options.description }),
  restore: (options) => ({ kind: "restore", snapshot: options.snapshot, newer: newer(options) }),
  delete: (options) => ({ kind: "delete", snapshot: options.snapshot }),
  clone: (options) => ({
    kind: "clone",
    source: options.source,
    of: options.snapshot === "" ? { at: "now" } : { at: "snapshot", name: options.snapshot },
    power: options.start ? "on" : "off",
  }),
  start: () => ({ kind: "start" }),
  stop: (options) => ({ kind: "stop", how: how(options) }),
  restart: (options) => ({ kind: "restart", how: how(options) }),
};

function newer(options: Options): "keep" | "delete" {
  return options.delete_newer ? "delete" : "keep";
}

function how(options: Options): "graceful" | "kill" {
  return options.kill ? "kill" : "graceful";
}
