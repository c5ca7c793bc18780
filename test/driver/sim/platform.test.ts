import { expect, test } from "@jest/globals";
import { withDefaults } from "../../../src/agent/driver/sim/options.ts";
import { virtualClock } from "../../../src/agent/driver/sim/virtual-clock.ts";
import { attaching, call, collected, refused, runA, runB, taking } from "../contract/bench.ts";
import { ctid, samples, sim, prepared } from "./support.ts";
import { memoryStorage } from "../../../src/agent/driver/sim/storage.ts";
import { callNames } from "../../../src/agent/driver/sim/calls.ts";

const volume = (name: string, snapshot: boolean) => ({ name, pool: "tank", size_gb: 2, mount_point: `/${name}`, snapshot });

test("remembers every call that changes something, and no look", async () => {
  const storage = memoryStorage();
  prepared(storage, true);
  const driver = sim({ storage });
  await driver.observe();
  for (const name of callNames) await samples[name].act(driver, call(runB)).catch(() => null);
  expect(driver.calls().map((made) => made.call)).toEqual([...callNames]);
  expect(driver.calls().every((made) => made.run === runB)).toBe(true);
});

test("a restore brings the settings back, as Proxmox does, and detaches what the snapshot does not know", async () => {
  const driver = sim();
  driver.outside.add(ctid, { settings: { memory_mb: "128" } });
  const wanted = attaching({
    volumes: [volume("data", false), volume("state", true)],
    mounts: [{ host_path: "/srv/m", container_path: "/m", owner_uid: null, owner_gid: null }],
  });
  await driver.attach(ctid, wanted, call());
  driver.outside.write(ctid, "/state/file", "then");
  await driver.snapshot(ctid, taking("one"), call());
  driver.outside.write(ctid, "/state/file", "now");
  await driver.configure(ctid, { memory_mb: "256", gpus: "0" }, call());
  await driver.restore(ctid, "one", call());
  const after = (await driver.observe()).containers.get(ctid);
  expect(after).toMatchObject({
    settings: { memory_mb: "128" },
    detached: ["tank:vm-950-data"],
    attachments: [{ container_path: "/state" }],
    gpu_access: false,
  });
  expect(driver.read(ctid, "/state/file")).toBe("then");
});

test("keeps the line of snapshots over a restore and a replacement", async () => {
  const driver = sim();
  driver.outside.add(ctid);
  for (const name of ["one", "two"]) await driver.snapshot(ctid, taking(name), call());
  await driver.restore(ctid, "one", call());
  await driver.snapshot(ctid, taking("three"), call());
  await driver.snapshot(ctid, taking("one", "atomic"), call(runB));
  const { snapshots } = (await driver.observe()).containers.get(ctid) ?? { snapshots: [] };
  expect(snapshots.map(({ name, parent, run }) => [name, parent, run])).toEqual([
    ["two", null, runA],
    ["three", null, runA],
    ["one", "three", runB],
  ]);
});

test("has pools without snapshots, GPUs that are not there, and no room", async () => {
  const driver = sim({ pools: { dir: "none" }, gpus: [0], free_bytes: { tank: 2 ** 30 } });
  driver.outside.add(ctid, { pool: "dir", settings: { gpus: "0,1" } });
  await refused(driver.snapshot(ctid, taking("one"), call()), "SNAPSHOT_UNSUPPORTED");
  expect(await refused(driver.start(ctid, call()), "DEVICE_MISSING")).toContain("/dev/nvidia1");
  await refused(driver.attach(ctid, attaching({ volumes: [volume("data", false)] }), call()), "NO_SPACE");
  const inventory = await driver.observe();
  expect(inventory.containers.get(ctid)).toMatchObject({ gpu_access: true, snapshot_support: { can: "none" }, attachments: [] });
  expect(inventory.free_bytes.get("tank")).toBe(2 ** 30);
});

test("what somebody else does is seen, and ends what runs inside", async () => {
  const clock = virtualClock();
  const driver = sim({ clock });
  for (const id of [ctid, 951]) driver.outside.add(id);
  driver.outside.machine(1000, "running");
  const sleeping = async (id: number) =>
    driver.exec(id, { argv: ["sleep", "60"], env: {}, stdin: "none", output: collected().output }, call());
  for (const id of [ctid, 951]) driver.outside.start(id);
  const [one, two] = [sleeping(ctid), sleeping(951)];
  await clock.advance(1000);
  driver.outside.stop(ctid);
  expect(await one).toBe(137);
  driver.outside.start(ctid);
  const three = sleeping(ctid);
  await driver.stop(ctid, { how: "kill" }, call());
  expect(await three).toBe(137);
  driver.outside.reboot();
  expect(await two).toBe(137);
  const { containers, machines } = await driver.observe();
  expect([...containers.values()].map(({ state }) => state)).toEqual(["stopped", "stopped"]);
  expect(machines.get(1000)).toBe("stopped");
  driver.outside.remove(951);
  await refused(driver.start(951, call()), "CONTAINER_MISSING");
});

test("what another process does to the container ends what runs inside, too", async () => {
  const storage = memoryStorage();
  const [driver, other] = [sim({ storage }), sim({ storage })];
  driver.outside.add(ctid);
  driver.outside.start(ctid);
  const run = (line: string, stdout: () => void) =>
    driver.exec(ctid, { argv: ["sh", "-c", line], env: {}, stdin: "none", output: { stdout, stderr: () => {} } }, call());
  expect(await run("echo now; echo later > /later", () => other.outside.stop(ctid))).toBe(137);
  expect(driver.read(ctid, "/later")).toBeNull();
  driver.outside.start(ctid);
  const restart = () => {
    other.outside.stop(ctid);
    other.outside.start(ctid);
  };
  expect(await run("echo now; sleep 60", () => void setImmediate(restart))).toBe(137);
});

test("a stop takes the children in the background with it, and a stopped container is not asked to stop", async () => {
  const driver = sim();
  driver.outside.add(ctid);
  driver.outside.start(ctid);
  await driver.exec(ctid, { argv: ["sh", "-c", "sleep 60 &"], env: {}, stdin: "none", output: collected().output }, call());
  expect(driver.model().containers[ctid]?.processes).toHaveLength(1);
  driver.outside.stubborn(ctid, true);
  await driver.stop(ctid, { how: "kill" }, call());
  expect(driver.model().containers[ctid]?.processes).toEqual([]);
  await driver.stop(ctid, { how: "graceful", timeout_s: 5 }, call());
});

test("a container's name is its host name", async () => {
  const driver = sim();
  driver.outside.add(ctid);
  await driver.configure(ctid, { hostname: "web" }, call());
  expect((await driver.observe()).containers.get(ctid)?.name).toBe("web");
});

test("calls take the time that they are told to, and are cancelled in it", async () => {
  const clock = virtualClock("manual", 0);
  const driver = sim({ clock, latency_ms: { start: 3000, default: 10 } });
  driver.outside.add(ctid);
  const abort = new AbortController();
  const started = driver.start(ctid, call(undefined, abort.signal));
  await clock.advance(2999);
  expect((await driver.observe()).containers.get(ctid)?.state).toBe("starting");
  abort.abort();
  await refused(started, "CANCELLED");
  const again = driver.start(ctid, call());
  await clock.runUntilIdle();
  await again;
  expect([(await driver.observe()).containers.get(ctid)?.state, clock.now()]).toEqual(["running", 5999]);
});

test("what is handed out does not change any more", async () => {
  const driver = sim({ capabilities: { ...withDefaults({}).capabilities, live_attach: true } });
  driver.outside.add(ctid, { settings: { memory_mb: "128" } });
  const before = await driver.observe();
  const text = JSON.stringify([...before.containers.values()]);
  await driver.configure(ctid, { memory_mb: "256" }, call());
  await driver.attach(ctid, attaching({ volumes: [volume("data", false)] }), call());
  await driver.snapshot(ctid, taking("one"), call());
  await driver.restore(ctid, "one", call());
  expect(JSON.stringify([...before.containers.values()])).toBe(text);
});
