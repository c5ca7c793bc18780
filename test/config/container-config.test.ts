import { parseManifest } from "../../src/agent/config/manifest.ts";

/** One container from its keys; problems that are errors fail the test. */
function configOf(keys: Readonly<Record<string, unknown>>, ctid = 950) {
  const text = JSON.stringify({ lxc_configs: { [ctid]: { name: "web", ...keys } } });
  const manifest = parseManifest(Buffer.from(text), "configs.json", { default_from_ctid: 950 });
  expect(manifest.problems.filter(({ severity }) => severity === "error")).toEqual([]);
  const config = manifest.containers.get(ctid);
  if (config === undefined) throw new Error("the container is not there");
  return config;
}

test("everything has a default", () => {
  expect(configOf({})).toEqual({
    ctid: 950,
    name: "web",
    origin: { from: "existing" },
    pool: "",
    unprivileged: true,
    settings: { hostname: "web" },
    template_snapshot: null,
    gpus: [],
    features: [],
    application: null,
    volumes: [],
    mounts: [],
    ready: null,
    health: null,
    dependencies: [],
    boot: { start: true, order: null, delay_s: 0 },
    on_failure: "restore",
    power: "auto",
    shutdown_timeout_s: 60,
    gpu_memory_mb: null,
    raw: { name: "web" },
  });
});

test("settings are canonical texts", () => {
  const { settings } = configOf({
    memory_mb: 2048,
    swap_mb: 0,
    cores: "2",
    storage_size_gb: 32,
    network_config: { bridge: "vmbr0", ip: "10.0.0.2/24", gw: "10.0.0.1", nameservers: "1.1.1.1, 9.9.9.9" },
    mac_address: "52:54:00:aa:bb:cc",
    gpu_assignment: "1, 0,1",
    pct_options: ["nesting=1", "keyctl=1"],
    lxc_options: ["lxc.b = 2", "lxc.a: 1"],
  });
  expect(settings).toEqual({
    hostname: "web",
    memory_mb: "2048",
    swap_mb: "0",
    cores: "2",
    disk_gb: "32",
    network: "name=eth0,bridge=vmbr0,hwaddr=52:54:00:AA:BB:CC,ip=10.0.0.2/24,gw=10.0.0.1",
    nameserver: "1.1.1.1 9.9.9.9",
    options: "keyctl=1,nesting=1",
    gpus: "0,1",
    raw: "lxc.a=1\nlxc.b=2",
  });
});

test('"none" takes GPUs away, and empty lists say nothing', () => {
  expect(
    configOf({ gpu_assignment: "none", pct_options: [], lxc_options: [], network_config: { bridge: "b", nameservers: [] } }).settings,
  ).toEqual({
    hostname: "web",
    gpus: "",
    network: "name=eth0,bridge=b",
  });
});

test.each([
  ["0", [0]],
  ["0,1", [0, 1]],
  ["0, 1", [0, 1]],
  [1, [1]],
  [
    ["1", 0],
    [0, 1],
  ],
  ["none", []],
  ["None", []],
  ["", []],
])("gpu_assignment %p", (given, gpus) => {
  expect(configOf({ gpu_assignment: given }).gpus).toEqual(gpus);
});

test.each<[Record<string, unknown>, unknown]>([
  [{ template: "/t.tar" }, { from: "template", template: "/t.tar" }],
  [{ clone_from_ctid: "900" }, { from: "clone", source: 900 }],
  [
    { clone_from_ctid: 900, template: "/t.tar" },
    { from: "clone", source: 900 },
  ],
])("%j comes from", (keys, origin) => {
  expect(configOf(keys).origin).toEqual(origin);
});

test("an application has its files once, and a time", () => {
  expect(configOf({ application_script: "a.sh", application_files: ["b", "a.sh", "b"] }).application).toEqual({
    script: "a.sh",
    files: ["b"],
    timeout_s: 1800,
  });
  expect(configOf({ application_script: "a.sh", timeout_s: 5 }).application?.timeout_s).toBe(5);
});

test("volumes and zfs_volumes are alike, and paths have no slash at their end", () => {
  const { volumes, mounts } = configOf({
    volumes: [{ name: "a", pool: "p", size_gb: 1, mount_point: "/a/", snapshot: true }],
    zfs_volumes: [{ name: "b", size_gb: "2", mount_point: "/b" }],
    mount_points: [{ host_path: "/h/", container_path: "/c/", owner_uid: 1000 }],
  });
  expect(volumes).toEqual([
    { name: "a", pool: "p", size_gb: 1, mount_point: "/a", snapshot: true },
    { name: "b", pool: "", size_gb: 2, mount_point: "/b", snapshot: false },
  ]);
  expect(mounts).toEqual([{ host_path: "/h", container_path: "/c", owner_uid: 1000, owner_gid: null }]);
});

test("health and readiness", () => {
  expect(configOf({ health_check: { command: "true" }, ready: "test -e /up\n" })).toMatchObject({
    health: { command: "true", retries: 3, interval_s: 5 },
    ready: "test -e /up\n",
  });
});

test.each([
  [949, {}, false],
  [950, {}, true],
  [949, { start_at_boot: true }, true],
  [950, { start_at_boot: false }, false],
])("%d with %j starts at boot: %p", (ctid, keys, start) => {
  expect(configOf(keys, ctid).boot.start).toBe(start);
});

test("what was written stays as it was written", () => {
  const keys = { cores: "2", dependencies: ["953", 954], vllm: { args: [null, ""] }, application_script: null };
  expect(configOf(keys).raw).toEqual({ name: "web", ...keys });
});
