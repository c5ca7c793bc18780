import type { Problem } from "../../src/agent/config/manifest-types.ts";
import type { Failure } from "../../src/agent/domain/errors.ts";
import type { Inventory } from "../../src/agent/domain/container.ts";
import type { Memory, Facts } from "../../src/agent/doctor/facts.ts";
import { examine } from "../../src/agent/doctor/rules.ts";
import { record } from "../api/support/runs.ts";
import { config, container, world } from "../api/support/world.ts";

const now = Date.parse("2026-11-26T08:00:00Z");
const day = 24 * 60 * 60 * 1000;
const gib = 2 ** 30;
const yes = <T>(value: T) => ({ known: true, value }) as const;
const no = (message: string, remedy = "") => {
  const failure: Failure = { reason: "BACKEND_FAILED", message, remedy, transient: false };
  return { known: false, failure } as const;
};

const { manifest, inventory } = world({ configs: [config()], containers: [container()] });
const memory: Memory = {
  owner: "agent",
  owner_trouble: "",
  active: new Set(),
  ended: [],
  notices: { count: 0, since: null },
  newest_event: now - 1000,
};

const well: Facts = {
  now,
  driver: "proxmox",
  settings_file: "/etc/phoenix/agent.yaml",
  settings: yes("same"),
  configuration: yes({ manifest, problems: [], trouble: null }),
  platform: yes({ ...inventory, free_bytes: new Map([["", 100 * gib]]) }),
  state: yes({ folder: "/var/lib/phoenix", free_bytes: 100 * gib }),
  notify: yes({ secret_file: "/etc/phoenix/notify.secret", mode: 0o100600 }),
  memory: yes(memory),
  certificates: { server: now + 20 * day, authority: now + 3000 * day, clients: [{ name: "ana", until: now + 80 * day }] },
};

const saw = (over: Partial<Inventory>): Partial<Facts> => ({ platform: yes({ ...inventory, ...over }) });
const saw950 = (over: Parameters<typeof container>[0]) => saw({ containers: new Map([[950, container(over)]]) });
const remembers = (over: Partial<Memory>): Partial<Facts> => ({ memory: yes({ ...memory, ...over }) });
const proxmox = { by: "proxmox", version: "9.0", known: "installed", under_ha: new Set<number>() } as const;
const problem: Problem = { severity: "error", ctid: null, path: "$.nfs", line: 3, column: 7, message: "expected a text" };
const failure: Failure = { reason: "EXIT_CODE", message: "model.sh ended with exit code 3", remedy: "", transient: false };
const failed = record([{ type: "created" }], { finished: now - day });
const failedRun = (undone: boolean) => {
  const state = {
    ...failed.state,
    phase: "failed",
    failure: { step: "x", failure },
    undo_failure: undone ? null : { step: "y", failure },
  } as const;
  return { ...failed, state };
};

const subjects = [
  "settings",
  "configuration",
  "platform",
  "storage",
  "space",
  "locks",
  "boot",
  "runs",
  "clock",
  "notifications",
  "certificates",
];

test("where nothing is wrong, everything is said to be well, and nothing is to be done", () => {
  const found = examine(well);
  expect(found.map(({ subject }) => subject)).toEqual(subjects);
  expect(found.filter(({ level, remedy }) => level !== "ok" || remedy !== "")).toEqual([]);
});

test.each<[string, Partial<Facts>, string]>([
  [
    "a secret that others can read",
    { notify: yes({ secret_file: "/secret", mode: 0o100640 }) },
    "warn notifications: /secret can be read by others than root",
  ],
  [
    "a secret that is not there",
    { notify: no("the secret can't be read: ENOENT") },
    "error notifications: they can't be signed: the secret can't",
  ],
  [
    "notifications that don't arrive",
    remembers({ notices: { count: 2, since: now - 3 * 60 * 60_000 } }),
    "warn notifications: 2 notifications have not arrived, the oldest since 3 hours",
  ],
  ["settings that changed", { settings: yes("changed") }, "warn settings: /etc/phoenix/agent.yaml was changed"],
  [
    "settings with errors",
    { settings: no("agent.yaml:1:1 driver: expected") },
    "error settings: the agent would not start again: agent.yaml",
  ],
  [
    "an error in the manifest",
    { configuration: yes({ manifest, problems: [problem], trouble: null }) },
    "error configuration: /etc/manifest.json:3: $.nfs: expected a text",
  ],
  [
    "files set aside",
    { configuration: yes({ manifest, problems: [], trouble: "the files on the host have 1 error" }) },
    "error configuration: the files on the host have",
  ],
  ["a configuration that can't be read", { configuration: no("EACCES") }, "error configuration: it can't be read: EACCES"],
  [
    "a driver that does not answer",
    { platform: no("/srv/lxc is not there", "mount it") },
    "error platform: driver proxmox: /srv/lxc is not there",
  ],
  [
    "storage without snapshots",
    saw950({ snapshot_support: { can: "none", why: "a folder" } }),
    "error storage: 950 can't be snapshotted: a folder",
  ],
  [
    "a pool that gets full",
    saw({
      free_bytes: new Map([
        ["", 2 * gib],
        ["tank", 2 * gib],
      ]),
    }),
    "warn space: storage tank has 2.0 GiB free",
  ],
  ["a full pool", saw({ free_bytes: new Map([["", 2 ** 20]]) }), "error space: the storage of the containers has 1 MiB free"],
  [
    "a full state folder",
    { state: yes({ folder: "/var/lib/phoenix", free_bytes: 0 }) },
    "error space: the state folder /var/lib/phoenix has 0 MiB free",
  ],
  ["a state folder that is gone", { state: no("ENOENT") }, "error space: the state folder: ENOENT"],
  ["a database that can't be read", { memory: no("disk I/O error") }, "error database: it can't be read: disk I/O error"],
  ["a lock that no run has", saw950({ lock: "backup" }), "warn locks: 950 is locked (backup), and no run of Phoenix has it"],
  [
    "two owners of a boot",
    saw({ ...inventory, autostart: proxmox, containers: new Map([[950, container({ settings: { onboot: "1" } })]]) }),
    "error boot: 950: Proxmox starts it at boot",
  ],
  ["a change of owner that failed", remembers({ owner_trouble: "950: it is locked" }), "warn boot: 950: it is locked"],
  [
    "a run that failed",
    remembers({ ended: [failedRun(true)] }),
    "warn runs: letsgo of 950 failed at 2026-11-25T08:00:00.000Z: model.sh ended",
  ],
  [
    "a run that could not be undone",
    remembers({ ended: [failedRun(false)] }),
    "error runs: letsgo of 950 failed at 2026-11-25T08:00:00.000Z, and the container could not",
  ],
  [
    "a clock that went back",
    remembers({ newest_event: now + 3 * day }),
    "error clock: it says 2026-11-26T08:00:00.000Z, which is 3 days before",
  ],
  [
    "a certificate that is not renewed",
    { certificates: { server: now + day, authority: now + 3000 * day, clients: [] } },
    "warn certificates: the agent's own certificate ends at 2026-11-27",
  ],
  [
    "an authority that has ended",
    { certificates: { server: now + 20 * day, authority: now - day, clients: [] } },
    "error certificates: the certificate authority ended at 2026-11-25",
  ],
  [
    "a workstation that is seldom used",
    { certificates: { server: now + 20 * day, authority: now + 3000 * day, clients: [{ name: "ana", until: now + day }] } },
    "warn certificates: the certificate of ana ends at",
  ],
])("%s", (_, over, expected) => {
  const found = examine({ ...well, ...over }).filter(({ level }) => level !== "ok");
  expect(found).toHaveLength(1);
  const [first] = found;
  expect(`${first?.level} ${first?.subject}: ${first?.message}`.slice(0, expected.length)).toBe(expected);
  expect(first?.remedy).not.toBe("");
});

test.each<[string, Partial<Facts>]>([
  ["a lock that a run has", { ...saw950({ lock: "snapshot" }), ...remembers({ active: new Set([950]) }) }],
  ["a storage that only goes back to its newest snapshot", saw950({ snapshot_support: { can: "newest" } })],
  [
    "a container that the manifest does not know, without snapshots",
    saw({
      containers: new Map([
        [100, container({ ctid: 100, snapshot_support: { can: "none", why: "a folder" } })],
        [950, container()],
      ]),
    }),
  ],
  ["a host without the network", { certificates: null }],
  ["a clock a few seconds back", remembers({ newest_event: now + 5000 })],
])("%s is no trouble", (_, over) => {
  expect(examine({ ...well, ...over }).filter(({ level }) => level !== "ok")).toEqual([]);
});

test("the worst comes first", () => {
  const found = examine({ ...well, settings: yes("changed"), ...remembers({ newest_event: now + day }) });
  expect(found.slice(0, 3).map(({ level }) => level)).toEqual(["error", "warn", "ok"]);
});
