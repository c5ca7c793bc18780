import fc from "fast-check";
import {
  markDescription,
  networkText,
  parseNetwork,
  readDescription,
  scheduleDescription,
  settingChanges,
  settingKeys,
  snapshotNameProblem,
  type Network,
  type Settings,
} from "../../src/agent/domain/container.ts";

describe("networks", () => {
  const part = fc.stringMatching(/^[a-z0-9.:/]{1,12}$/);
  const network: fc.Arbitrary<Network> = fc.record({
    name: part,
    bridge: part,
    ip: fc.option(part),
    gateway: fc.option(part),
    hwaddr: fc.option(fc.stringMatching(/^([0-9A-F]{2}:){5}[0-9A-F]{2}$/)),
  });

  test("a text says all there is to say", () => {
    fc.assert(fc.property(network, (any) => expect(parseNetwork(networkText(any))).toEqual(any)));
  });

  test.each([
    [
      "name=eth0,bridge=vmbr0,hwaddr=52:54:00:AA:BB:CC,ip=10.0.0.2/24,gw=10.0.0.1",
      { name: "eth0", bridge: "vmbr0", hwaddr: "52:54:00:AA:BB:CC", ip: "10.0.0.2/24", gateway: "10.0.0.1" },
    ],
    ["name=eth0,bridge=vmbr0,ip=dhcp", { name: "eth0", bridge: "vmbr0", hwaddr: null, ip: "dhcp", gateway: null }],
    ["name=eth0,bridge=vmbr0", { name: "eth0", bridge: "vmbr0", hwaddr: null, ip: null, gateway: null }],
  ])("%s", (text, expected) => {
    expect(parseNetwork(text)).toEqual(expected);
    expect(networkText(expected)).toBe(text);
  });

  test("a hardware address is written in capitals, and what is not known is passed over", () => {
    expect(networkText({ name: "eth0", bridge: "vmbr0", hwaddr: "52:54:00:aa:bb:cc", ip: null, gateway: null })).toContain(
      "52:54:00:AA:BB:CC",
    );
    expect(parseNetwork("name=eth1,firewall=1,type=veth,bridge=vmbr1")).toMatchObject({ name: "eth1", bridge: "vmbr1" });
    expect(parseNetwork("bridge=vmbr1")).toMatchObject({ name: "eth0" });
  });
});

describe("differences of settings", () => {
  const changes = (live: Settings, wanted: Settings) =>
    settingChanges(live, wanted).map(({ key, from, to }) => `${key}: ${from ?? "none"} -> ${to || "none"}`);
  const plain = "name=eth0,bridge=vmbr0,ip=dhcp";
  const made = "name=eth0,bridge=vmbr0,hwaddr=52:54:00:AA:BB:CC,ip=dhcp";
  const other = "name=eth0,bridge=vmbr0,hwaddr=52:54:00:AA:BB:DD,ip=dhcp";

  test.each<readonly [string, Settings, Settings, readonly string[]]>([
    ["the same", { cores: "2" }, { cores: "2" }, []],
    ["nothing is wanted", { cores: "2" }, {}, []],
    ["another value", { cores: "2" }, { cores: "4" }, ["cores: 2 -> 4"]],
    ["none so far", {}, { cores: "4" }, ["cores: none -> 4"]],
    ["none any more", { gpus: "0" }, { gpus: "" }, ["gpus: 0 -> none"]],
    ["none, as before", {}, { gpus: "" }, []],
    ["a larger disk", { disk_gb: "8" }, { disk_gb: "16" }, ["disk_gb: 8 -> 16"]],
    ["a disk is never made smaller", { disk_gb: "16" }, { disk_gb: "8" }, []],
    ["nor taken away", { disk_gb: "16" }, { disk_gb: "" }, []],
    ["sizes are numbers", { disk_gb: "16" }, { disk_gb: "9" }, []],
    ["nothing limits the disk", { disk_gb: "Infinity" }, { disk_gb: "9" }, []],
    ["a hardware address that nobody asked for", { network: made }, { network: plain }, []],
    ["a hardware address that somebody asked for", { network: made }, { network: other }, [`network: ${made} -> ${other}`]],
    [
      "a hardware address, and another bridge",
      { network: made },
      { network: plain.replace("vmbr0", "vmbr1") },
      [`network: ${made} -> ${plain.replace("vmbr0", "vmbr1")}`],
    ],
    ["in their order", { cores: "2", hostname: "a" }, { cores: "4", hostname: "b" }, ["hostname: a -> b", "cores: 2 -> 4"]],
  ])("%s", (_words, live, wanted, expected) => expect(changes(live, wanted)).toEqual(expected));

  const some: fc.Arbitrary<Settings> = fc.dictionary(fc.constantFrom(...settingKeys), fc.constantFrom("", "1", "2", "10"), { maxKeys: 6 });

  test("once they are made there are none", () => {
    fc.assert(
      fc.property(some, some, (live, wanted) => {
        const after = { ...live, ...Object.fromEntries(settingChanges(live, wanted).map(({ key, to }) => [key, to])) };
        expect(settingChanges(after, wanted)).toEqual([]);
      }),
    );
  });

  test("they touch nothing that is not wanted", () => {
    fc.assert(
      fc.property(some, some, (live, wanted) => {
        for (const { key, from, to } of settingChanges(live, wanted)) expect([from ?? undefined, to]).toEqual([live[key], wanted[key]]);
      }),
    );
  });
});

describe("names of snapshots", () => {
  test.each([
    ["final-form", null],
    ["ab", null],
    ["x".repeat(40), null],
    ["Before_upgrade-2", null],
    ["current", '"current" is a name that Proxmox keeps for itself'],
    ["vzdump", '"vzdump" is a name that Proxmox keeps for itself'],
    ["", "it has 0 characters, expected 2 to 40"],
    ["a", "it has 1 characters, expected 2 to 40"],
    ["x".repeat(41), "it has 41 characters, expected 2 to 40"],
    ["two words", "expected a letter, then letters, digits, _ or -"],
    ["2nd", "expected a letter, then letters, digits, _ or -"],
    ["-rf", "expected a letter, then letters, digits, _ or -"],
    ["a\nb", "expected a letter, then letters, digits, _ or -"],
    ["ab\n", "expected a letter, then letters, digits, _ or -"],
    ["größe", "expected a letter, then letters, digits, _ or -"],
    ["../../etc", "expected a letter, then letters, digits, _ or -"],
  ])("%j: %s", (name, problem) => expect(snapshotNameProblem(name)).toBe(problem));
});

describe("descriptions", () => {
  const run = fc.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/);
  const line = fc.string().map((text) => text.replaceAll(/[\n\r\u2028\u2029]/g, " ").trim());

  test("carry the run that took the snapshot, and the text", () => {
    fc.assert(
      fc.property(line, run, (text, id) => expect(readDescription(markDescription(text, id))).toEqual({ text, run: id, schedule: null })),
    );
  });

  test.each([
    ["by hand", { text: "by hand", run: null }],
    ["", { text: "", run: null }],
    ["phoenix run 01K4AAAAAAAAAAAAAAAAAAAAAA", { text: "", run: "01K4AAAAAAAAAAAAAAAAAAAAAA" }],
    ["after letsgo\nphoenix run 01K4AAAAAAAAAAAAAAAAAAAAAA\n", { text: "after letsgo", run: "01K4AAAAAAAAAAAAAAAAAAAAAA" }],
    ["not a phoenix run 01K4AAAAAAAAAAAAAAAAAAAAAA", { text: "not a phoenix run 01K4AAAAAAAAAAAAAAAAAAAAAA", run: null }],
    ["phoenix run 01K4AAAAAAAAAAAAAAAAAAAAAA\nand more", { text: "phoenix run 01K4AAAAAAAAAAAAAAAAAAAAAA\nand more", run: null }],
  ])("%j", (description, expected) => expect(readDescription(description)).toEqual({ ...expected, schedule: null }));

  test("carry the schedule that the run was of; nobody's own words can", () => {
    const id = "01K4AAAAAAAAAAAAAAAAAAAAAA";
    const scheduled = markDescription(scheduleDescription("every night", "night-ly_2"), id);
    expect(readDescription(scheduled)).toEqual({ text: "every night", run: id, schedule: "night-ly_2" });
    expect(readDescription(markDescription("phoenix schedule nightly, nearly", id))).toMatchObject({ schedule: null });
    expect(readDescription("by hand\nphoenix schedule nightly")).toMatchObject({ run: null, schedule: null });
  });
});
