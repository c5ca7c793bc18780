import { notesOn } from "../../src/agent/api/notes.ts";
import { applicationOf } from "../../src/agent/plan/provision.ts";
import { subjectOf } from "../../src/agent/plan/subject.ts";
import type { World } from "../../src/agent/plan/world.ts";
import { config, container, world } from "./support/world.ts";

const notes = (given: World) => notesOn(subjectOf(950, given), "proxmox");
const application = { script: "llm.sh", files: [], timeout_s: 60 };
const scripted = (applied: string | null) =>
  world({
    configs: [config({ application })],
    containers: [container()],
    scripts: [["llm.sh", "1".repeat(64)]],
    ledgers: new Map([[950, { live: {}, snapshots: { "final-form": applied === null ? {} : { application: applied } } }]]),
  });
const current = applicationOf(subjectOf(950, scripted(null)), config({ application }))?.hash ?? "";
const featured = (live: Record<string, string>) =>
  world({
    configs: [config({ features: ["docker"] })],
    containers: [container()],
    features: [["docker.sh", "1"]],
    ledgers: new Map([[950, { live, snapshots: {} }]]),
  });
const volume = { name: "data", pool: "", size_gb: 1, mount_point: "/data", snapshot: false };

test.each<[string, World, readonly string[]]>([
  ["nothing is to be said", world({ configs: [config()], containers: [container()] }), []],
  ["it does not exist yet", world({ configs: [config({ settings: { cores: "4" }, features: ["docker"], volumes: [volume] })] }), []],
  ["it is locked", world({ configs: [config()], containers: [container({ lock: "backup" })] }), ["locked by backup"]],
  ["it is not in the manifest", world({ containers: [container()] }), ["not in the manifest"]],
  [
    "it has no snapshots",
    world({ configs: [config()], containers: [container({ snapshots: [] })] }),
    ["no pre-configured", "no final-form"],
  ],
  [
    "its storage has none",
    world({ configs: [config()], containers: [container({ snapshots: [], snapshot_support: { can: "none", why: "plain LVM" } })] }),
    ["no snapshots: plain LVM"],
  ],
  [
    "its settings are to change",
    world({
      configs: [config({ settings: { memory_mb: "1024", cores: "2" } })],
      containers: [container({ settings: { memory_mb: "512", cores: "1" } })],
    }),
    ["memory_mb 512 -> 1024 pending", "cores 1 -> 2 pending"],
  ],
  ["a volume is missing", world({ configs: [config({ volumes: [volume] })], containers: [container()] }), ["/data not attached"]],
  ["a feature is not applied", featured({}), ["feature docker not applied"]],
  ["a feature has changed", featured({ "feature.docker": "0" }), ["feature docker changed since it was applied"]],
  ["a feature is as applied", featured({ "feature.docker": "1" }), []],
  [
    "a feature has no script",
    world({ configs: [config({ features: ["vllm"] })], containers: [container()] }),
    ["feature vllm has no script"],
  ],
  ["the script has changed", scripted("old"), ["script changed since final-form"]],
  ["the script is as it was", scripted(current), []],
  ["nobody knows what final-form was made with", scripted(null), []],
])("%s", (_, given, said) => {
  expect(notes(given)).toEqual(said);
});

test("an error in the manifest is told instead of calling it a stranger", () => {
  const problem = { severity: "error", ctid: 950, path: "$", line: 1, column: 1, message: "cores: expected a number" } as const;
  expect(notes(world({ containers: [container()], broken: new Map([[950, [problem]]]) }))).toEqual([
    "error in the manifest: cores: expected a number",
  ]);
});

test("Proxmox starts it at boot, and so does the agent", () => {
  const given = world({ configs: [config()], containers: [container({ settings: { ...container().settings, onboot: "1" } })] });
  expect(notesOn(subjectOf(950, given), "agent")).toEqual(["Proxmox starts it at boot as well (onboot 1)"]);
  expect(notes(given)).toEqual([]);
});
