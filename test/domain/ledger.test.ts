import { emptyLedger, record, type Ledger } from "../../src/agent/domain/ledger.ts";
import type { Action } from "../../src/agent/domain/step.ts";

const feature = (name: string, blob: string): Action => ({ do: "feature", feature: name, where: "inside", file: `${name}.sh`, blob });
const application = (hash: string): Action => ({ do: "application", script: "app.sh", files: [], hash });
const snapshot = (name: string): Action => ({ do: "snapshot", name, description: "", replace: "atomic" });
const restore = (name: string): Action => ({ do: "restore", name });
const remove = (name: string): Action => ({ do: "delete-snapshot", name });
const create: Action = { do: "create", origin: { from: "template", template: "t" }, name: "n", pool: "", unprivileged: true, settings: {} };

const after = (...actions: readonly Action[]): Ledger => actions.reduce(record, emptyLedger);
const base = [feature("docker", "1"), snapshot("base")];

test.each<readonly [string, readonly Action[], Ledger]>([
  ["a feature is applied", [feature("docker", "1")], { live: { "feature.docker": "1" }, snapshots: {} }],
  ["and again, with another script", [feature("docker", "1"), feature("docker", "2")], { live: { "feature.docker": "2" }, snapshots: {} }],
  ["the application", [application("1")], { live: { application: "1" }, snapshots: {} }],
  ["a snapshot takes what is there along", base, { live: { "feature.docker": "1" }, snapshots: { base: { "feature.docker": "1" } } }],
  [
    "what comes later is not in it",
    [...base, application("1")],
    { live: { "feature.docker": "1", application: "1" }, snapshots: { base: { "feature.docker": "1" } } },
  ],
  [
    "restoring it takes the ledger back",
    [...base, application("1"), restore("base")],
    { live: { "feature.docker": "1" }, snapshots: { base: { "feature.docker": "1" } } },
  ],
  [
    "restoring one that was taken by hand leaves nothing known",
    [...base, restore("mine")],
    { live: {}, snapshots: { base: { "feature.docker": "1" } } },
  ],
  [
    "a snapshot of the same name takes its place",
    [...base, application("1"), snapshot("base")],
    { live: { "feature.docker": "1", application: "1" }, snapshots: { base: { "feature.docker": "1", application: "1" } } },
  ],
  ["one that is deleted is forgotten", [...base, remove("base")], { live: { "feature.docker": "1" }, snapshots: {} }],
  ["a new container has nothing of an old one", [...base, create], emptyLedger],
  [
    "everything else changes nothing",
    [...base, { do: "start" }, { do: "preflight" }, { do: "stop", how: "kill" }, { do: "configure", settings: {} }],
    { live: { "feature.docker": "1" }, snapshots: { base: { "feature.docker": "1" } } },
  ],
])("%s", (_words, actions, expected) => expect(after(...actions)).toEqual(expected));
