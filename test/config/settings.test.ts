import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadSettings, parseSettings } from "../../src/agent/config/settings.ts";
import { Fault } from "../../src/agent/domain/errors.ts";

/** The lines of the fault that a text causes. */
function complaints(text: string): readonly string[] {
  try {
    parseSettings(text, "/etc/phoenix/agent.yaml");
    return [];
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    expect(error.failure.reason).toBe("INVALID");
    return error.message.split("\n").map((line) => line.replace("/etc/phoenix/agent.yaml:", ""));
  }
}

test("everything but the driver has a default", () => {
  expect(parseSettings("driver: lxc", "/etc/phoenix/agent.yaml")).toEqual({
    file: "/etc/phoenix/agent.yaml",
    driver: "lxc",
    socket: "/run/phoenix/agent.sock",
    listen: null,
    state_dir: "/var/lib/phoenix",
    manifest: "/usr/local/phoenix_hypervisor/etc/phoenix_lxc_configs.json",
    scripts: "/usr/local/phoenix_hypervisor/bin",
    features: "/usr/local/phoenix_hypervisor/bin/lxc_setup",
    lxc: { path: "/var/lib/phoenix/lxc" },
    proxmox: {
      pct: "/usr/sbin/pct",
      zfs: "/usr/sbin/zfs",
      config_dir: "/etc/pve/lxc",
      lock_dir: "/run/lock/lxc",
      lxc_path: "/var/lib/lxc",
      storage_cfg: "/etc/pve/storage.cfg",
      ha_resources: "/etc/pve/ha/resources.cfg",
      qemu_config_dir: "/etc/pve/qemu-server",
      qemu_pid_dir: "/run/qemu-server",
      dpkg_status: "/var/lib/dpkg/status",
      version: "",
      warm: true,
      perl_lib: [],
    },
    runs: { max_parallel: 4, keep_days: 30 },
    audit: { keep_days: 400 },
    boot: { owner: "agent", default_from_ctid: 950, max_parallel: 4, id_file: "/proc/sys/kernel/random/boot_id" },
    gpu: {
      nvidia_smi: "nvidia-smi",
      timeout_s: 10,
      sample_s: 15,
      idle_below_percent: 5,
      idle_after_min: 10,
      memory_back_s: 30,
      schedules: [],
    },
    snapshots: { schedules: [] },
    sim: null,
    notify: null,
    metrics: { listen: null },
    log: { level: "info" },
  });
});

test("relative paths start from the file's folder", () => {
  const text =
    "driver: sim\nsocket: a.sock\nstate_dir: state\nmanifest: ../m.json\nscripts: bin\nfeatures: /f\nsim: { state: s.json, log: calls, pools: { zfs: newest } }";
  expect(parseSettings(text, "/demo/etc/agent.yaml")).toMatchObject({
    socket: "/demo/etc/a.sock",
    state_dir: "/demo/etc/state",
    manifest: "/demo/m.json",
    scripts: "/demo/etc/bin",
    features: "/f",
    lxc: { path: "/demo/etc/state/lxc" },
    sim: {
      state: "/demo/etc/s.json",
      faults: null,
      log: "/demo/etc/calls",
      latency_ms: 0,
      pools: { zfs: "newest" },
      atomic_replace: true,
      unknown_commands: "fail",
    },
  });
});

test("the owner of boots is Proxmox where there is one, and the agent elsewhere", () => {
  const owner = (text: string) => parseSettings(text, "/a.yaml").boot.owner;
  expect(["driver: proxmox", "driver: lxc", "driver: sim"].map(owner)).toEqual(["proxmox", "agent", "agent"]);
  expect(owner("driver: proxmox\nboot: { owner: agent }")).toBe("agent");
});

test("an empty group is as good as none", () => {
  expect(parseSettings("driver: sim\nsim:\nruns:\nlxc: {}", "/a.yaml")).toMatchObject({ runs: { max_parallel: 4 }, sim: { state: null } });
});

test.each<[string, string[]]>([
  ["", ["1:1 driver: expected proxmox, lxc or sim, got nothing"]],
  ["driver:", ["1:8 driver: expected proxmox, lxc or sim, got null"]],
  ["driver: simulation", ['1:9 driver: expected proxmox, lxc or sim, got "simulation"']],
  ["driver: lxc\nruns: { max_parallel: many }", ['2:23 runs.max_parallel: expected a whole number from 1 to 64, got "many"']],
  ["driver: lxc\nruns: { max_parallel: '4' }", ['2:23 runs.max_parallel: expected a whole number from 1 to 64, got "4"']],
  [
    "driver: lxc\nruns: { keep_days: 0, max_paralel: 4 }",
    [
      "2:20 runs.keep_days: expected a whole number from 1 to 3650, got 0",
      "2:23 runs.max_paralel: expected one of the settings max_parallel and keep_days",
    ],
  ],
  ["driver: lxc\nboot: 3", ["2:7 boot: expected the settings owner, default_from_ctid, max_parallel and id_file, got 3"]],
  [
    "driver: lxc\nboot: { owner: proxmox }",
    ['2:16 boot.owner: expected agent with driver: lxc, where nothing else starts containers at boot, got "proxmox"'],
  ],
  ["driver: proxmox\nboot: { owner: both }", ['2:16 boot.owner: expected proxmox or agent, got "both"']],
  [
    "driver: proxmox\nproxmox: { version: 8.4 }",
    ['2:21 proxmox.version: expected a version of Proxmox in quotes, such as "9.1.2", got 8.4'],
  ],
  [
    "driver: lxc\nlister: 0.0.0.0:7443",
    [
      "2:1 lister: expected one of the settings driver, socket, listen, state_dir, manifest, scripts, features, lxc, proxmox, runs, audit, boot, gpu, snapshots, sim, notify, metrics and log",
    ],
  ],
  ["driver: lxc\nlisten: pve1:7443", ['2:9 listen: expected an IP address and a port, for example 0.0.0.0:7443, got "pve1:7443"']],
  [
    "driver: lxc\nlisten: 10.0.0.1:70000",
    ['2:9 listen: expected an IP address and a port, for example 0.0.0.0:7443, got "10.0.0.1:70000"'],
  ],
  ["driver: lxc\nsocket: ''", ['2:9 socket: expected a path, got ""']],
  ["driver: lxc\nsim: {}", ["2:1 sim: expected none with driver: lxc; these settings are for driver: sim alone"]],
  ["driver: sim\nsim:\n  pools: { a: any, b: some }", ['3:23 sim.pools.b: expected any, newest or none, got "some"']],
  ["driver: lxc\ndriver: sim", ["2:1 not YAML: Map keys must be unique"]],
  ["driver: lxc\n  a: b", ["1:9 not YAML: Nested mappings are not allowed in compact mappings"]],
  ["driver: *none", ["1:1 not YAML: Unresolved alias (the anchor must be set before the alias): none"]],
  [
    "- driver",
    [
      "1:1 settings: expected the settings driver, socket, listen, state_dir, manifest, scripts, features, lxc, proxmox, runs, audit, boot, gpu, snapshots, sim, notify, metrics and log, got a list",
    ],
  ],
])("%j", (text, lines) => {
  expect(complaints(text)).toEqual(lines);
});

test("a socket's path has to fit into an address", () => {
  expect(complaints(`driver: lxc\nsocket: ${"a".repeat(200)}`)).toEqual([
    expect.stringMatching(/^2:9 socket: expected a path of at most 107 bytes, got ".*" of 213$/),
  ]);
});

test("a file that can't be read", () => {
  const folder = mkdtempSync(join(tmpdir(), "phoenix-settings-"));
  try {
    const file = join(folder, "agent.yaml");
    expect(() => loadSettings(file)).toThrow(`${file}: the settings can't be read: there is no such file or folder`);
    writeFileSync(file, "driver: sim");
    expect(loadSettings(file)).toMatchObject({ driver: "sim", file });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const schedule = "{ name: night, cron: '0 1 * * *', time_zone: Europe/Berlin, containers: [950], except: [], grace_s: 60 }";

test("GPU schedules name containers, a GPU, or all", () => {
  const text = (choice: string) => `driver: sim\ngpu: { schedules: [{ name: night, cron: "0 1 * * *", time_zone: UTC, ${choice} }] }`;
  const read = (choice: string) => parseSettings(text(choice), "/a.yaml").gpu.schedules[0];
  const shared = { name: "night", cron: "0 1 * * *", time_zone: "UTC", catch_up_s: 3600, except: [], only_idle: false };
  expect(read("containers: [950, 951]")).toEqual({ ...shared, containers: [950, 951] });
  expect(read("containers: all, except: [952], only_idle: true, grace_s: 90")).toEqual({
    ...shared,
    containers: "all",
    except: [952],
    only_idle: true,
    grace_s: 90,
  });
  expect(read("gpu: 0")).toEqual({ ...shared, gpu: 0 });
});

test("where nvidia-smi is: a path from the file's folder, or a name to be looked for", () => {
  expect(parseSettings("driver: sim\ngpu: { nvidia_smi: bin/nvidia-smi }", "/etc/a.yaml").gpu.nvidia_smi).toBe("/etc/bin/nvidia-smi");
  expect(parseSettings("driver: sim\ngpu: { nvidia_smi: nvidia-smi }", "/etc/a.yaml").gpu.nvidia_smi).toBe("nvidia-smi");
});

test.each<[string, string[]]>([
  [
    schedule.replace("containers: [950]", "gpu: 0, containers: all"),
    ["1:35 gpu.schedules.0: expected either containers or gpu, got an object"],
  ],
  [schedule.replace("containers: [950], ", ""), ["1:35 gpu.schedules.0: expected either containers or gpu, got an object"]],
  [schedule.replace("[950]", "some"), ['1:107 gpu.schedules.0.containers: expected a list of ids, or "all", got "some"']],
  [`${schedule}, ${schedule}`, ['1:149 gpu.schedules.1.name: expected a name that no other schedule has, got "night"']],
  [
    schedule.replace("Berlin", "Berln"),
    ['1:80 gpu.schedules.0.time_zone: expected a time zone, for example "Europe/Berlin", got "Europe/Berln"'],
  ],
])("schedules %s", (schedules, lines) => {
  expect(complaints(`{driver: sim, gpu: { schedules: [ ${schedules} ] }}`)).toEqual(lines);
});

const snapshots =
  "{ name: night, cron: '0 3 * * *', time_zone: UTC, containers: [950], pattern: auto-%Y%m%d, keep: { count: 7, age: 14d } }";

test("snapshot schedules say which containers, what names, and what is kept", () => {
  const read = (text: string) => parseSettings(`driver: sim\nsnapshots: { schedules: [${text}] }`, "/a.yaml").snapshots.schedules[0];
  const shared = { name: "night", cron: "0 3 * * *", time_zone: "UTC", catch_up_s: 43_200, containers: [950], pattern: "auto-%Y%m%d" };
  expect(read(snapshots)).toEqual({ ...shared, keep: { count: 7, age: "14d" } });
  expect(read(snapshots.replace("[950]", "all").replace(", age: 14d", ""))).toEqual({ ...shared, containers: "all", keep: { count: 7 } });
});

test.each<[string, string, string]>([
  ["[950]", "some", '1:103 snapshots.schedules.0.containers: expected a list of ids, each once, or "all", got "some"'],
  ["[950]", "[]", "1:103 snapshots.schedules.0.containers: expected at least one id, and each once, got a list"],
  ["count: 7, age: 14d", "", "1:138 snapshots.schedules.0.keep: expected count, age, or both, got an object"],
  ["14d", "2 weeks", '1:155 snapshots.schedules.0.keep.age: expected a time such as "36h", "14d" or "8w", got "2 weeks"'],
  [
    "auto-%Y%m%d",
    "auto-%Y",
    '1:119 snapshots.schedules.0.pattern: expected a pattern that gives each firing a name of its own, for example auto-%Y%m%d-%H%M (the snapshots of 2024-01-01 03:00:00 and 2024-01-02 03:00:00 would both be called auto-2024), got "auto-%Y"',
  ],
  [
    "auto-%Y%m%d",
    "'%Y%m%d'",
    '1:119 snapshots.schedules.0.pattern: expected a pattern that gives each firing a name of its own, for example auto-%Y%m%d-%H%M (20240101 can\'t be the name of a snapshot: expected a letter, then letters, digits, _ or -), got "%Y%m%d"',
  ],
])("snapshot schedules with %s as %s", (part, other, line) => {
  expect(complaints(`{driver: sim, snapshots: { schedules: [ ${snapshots.replace(part, other)} ] }}`)).toEqual([line]);
});
