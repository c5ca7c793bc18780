import { copyFileSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { agentPackage, clientPackage } from "../../build/package/contents.ts";
import { makeDeb, type Package } from "../../build/package/deb.ts";
import { gather } from "../../build/package/made.ts";
import { writeHeld, noOthers } from "../../src/agent/driver/proxmox/held.ts";
import { writeIntent } from "../../src/agent/driver/proxmox/intent.ts";
import { writePristine } from "../../src/agent/driver/proxmox/pristine.ts";
import { writeSnapshotted } from "../../src/agent/driver/proxmox/snapshotted.ts";
import { describeWhere } from "../support/describe-where.ts";
import { makeRoot, whyNoRoot, type Root } from "./root.ts";
import { whyNoPackages, workshop } from "./support.ts";

const settings = "/etc/phoenix/agent.yaml";
const state = "/var/lib/phoenix";
const unit = "phoenix-agent.service";
const link = `/etc/systemd/system/multi-user.target.wants/${unit}`;

/** What is done, what it asks of systemd, and whether the agent is enabled and up after it. */
type Deed = readonly [deed: string, asks: string, enabled: "enabled" | "off", up: "up" | "down"];

/** Where containers, and what belongs to them, are on hosts. */
const containers = ["/etc/pve/lxc/950.conf", "/var/lib/lxc/951/config", "/usr/local/phoenix_hypervisor/etc/phoenix_lxc_configs.json"];
const pooled = [`${state}/lxc/952/config`, `${state}/lxc/952/live/rootfs/etc/hostname`, `${state}/lxc/.templates/0/rootfs/bin/sh`];

describeWhere("dpkg", whyNoPackages() ?? whyNoRoot(), () => {
  let root: Root;
  /** Both packages, as paths in the root too. */
  let whole: string;
  /** The agent's, of two versions, with executables of which there is only the beginning. */
  let older: string;
  let newer: string;

  beforeAll(() => {
    const place = workshop(1);
    const made = gather("1.0.0", 1);
    const agent = agentPackage(made);
    const cut = { ...agent, files: agent.files.map((file) => ({ ...file, content: file.content.slice(0, 4096) })) };
    const make = (each: Package) => makeDeb(each, place, "none");
    whole = [agent, clientPackage(made)].map(make).join(" ");
    [older, newer] = [make({ ...cut, version: "1.0.1" }), make({ ...cut, version: "1.1.0" })];
  });
  beforeEach(async () => {
    root = await makeRoot();
    // A systemd that runs, as far as the scripts see, and a host that wants its services started.
    copyFileSync(join(import.meta.dirname, "systemctl"), root.at("/usr/local/bin/systemctl"));
    root.get("mkdir -p /run/systemd/system; rm -f /usr/sbin/policy-rc.d");
    for (const file of [...containers, ...pooled]) root.write(file, file);
  });
  afterEach(() => root.dispose());

  // What is depended on may be missing on this machine, and is not what this is about.
  const dpkg = (words: string) => root.get(`dpkg --force-unsafe-io --force-depends ${words} 2>&1`);
  const does: Readonly<Record<string, () => void>> = {
    "install 1.0": () => dpkg(`-i ${older}`),
    "install 1.1": () => dpkg(`-i ${newer}`),
    remove: () => dpkg("-r phoenix-agent"),
    purge: () => dpkg("--purge phoenix-agent"),
    settings: () => root.write(settings, "driver: lxc\n"),
    start: () => root.get(`systemctl start ${unit}`),
    stop: () => root.get(`systemctl stop ${unit}`),
    disable: () => root.get(`systemctl disable ${unit}`),
    policy: () => root.write("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755),
    "no systemd": () => root.get("rm -r /run/systemd; rm /usr/local/bin/systemctl"),
  };
  /** With its times: who only looks at something changes none of these. */
  const seen = (paths: readonly string[]) => root.get(`find ${paths.join(" ")} -printf '%p %y %m %U %i %T@ %C@\\n'`);

  /** How a host with settings gets its agent. */
  const installed: readonly Deed[] = [
    ["settings", "", "off", "down"],
    ["install 1.0", "reloaded, started", "enabled", "up"],
  ];

  /** What one deed after another asks of systemd, and whether the agent is enabled and up after it. */
  test.each<[string, readonly Deed[]]>([
    [
      "an agent that gets its settings later",
      [
        ["install 1.0", "reloaded", "enabled", "down"],
        ["settings", "", "enabled", "down"],
        ["start", "started", "enabled", "up"],
        ["install 1.1", "reloaded, restarted", "enabled", "up"],
        ["install 1.1", "reloaded, restarted", "enabled", "up"],
        ["install 1.0", "reloaded, restarted", "enabled", "up"],
        ["stop", "stopped", "enabled", "down"],
        ["install 1.1", "reloaded", "enabled", "down"],
        ["purge", "stopped, reloaded, reloaded", "off", "down"],
      ],
    ],
    [
      "one that comes back after a removal",
      [...installed, ["remove", "stopped, reloaded", "enabled", "down"], ["install 1.1", "reloaded, started", "enabled", "up"]],
    ],
    [
      "one that its owner has disabled",
      [
        ...installed,
        ["disable", "", "off", "up"],
        ["install 1.1", "reloaded, restarted", "off", "up"],
        ["remove", "stopped, reloaded", "off", "down"],
        ["install 1.0", "reloaded", "off", "down"],
        ["purge", "stopped, reloaded", "off", "down"],
        ...installed,
      ],
    ],
    [
      "one on a host that starts nothing by itself",
      [
        ["policy", "", "off", "down"],
        ["settings", "", "off", "down"],
        ["install 1.0", "reloaded", "enabled", "down"],
        ["start", "started", "enabled", "up"],
        ["install 1.1", "reloaded", "enabled", "up"],
      ],
    ],
    [
      "one where no systemd runs",
      [
        ["no systemd", "", "off", "down"],
        ["settings", "", "off", "down"],
        ["install 1.0", "", "enabled", "down"],
        ["install 1.1", "", "enabled", "down"],
        ["remove", "", "enabled", "down"],
        ["purge", "", "off", "down"],
      ],
    ],
  ])("%s, and no container is touched", (_, deeds) => {
    const before = seen([...containers, `${state}/lxc`]);
    const after = deeds.map(([deed]) => {
      does[deed]?.();
      const { out } = root.sh(`cat /run/systemctl; rm -f /run/systemctl; ls ${link} /run/${unit}.up`);
      const asks = out.split("\n").filter((line) => line !== "" && !line.startsWith("/"));
      return [deed, asks.join(", "), out.includes(link) ? "enabled" : "off", out.includes(".up") ? "up" : "down"];
    });
    expect(after).toEqual(deeds);
    expect(seen([...containers, `${state}/lxc`])).toBe(before);
    expect(root.get("ls /run")).not.toContain("phoenix-agent.installing");
  });

  test("an installation says what comes next, and once there are settings nothing", () => {
    expect(dpkg(`-i ${older}`)).toContain("phoenix-agent setup --write && systemctl start phoenix-agent");
    does["settings"]?.();
    expect(dpkg(`-i ${newer}`)).not.toContain("phoenix-agent setup");
  });

  test("where no systemd runs, an installation says how to start it by hand", () => {
    does["no systemd"]?.();
    expect(dpkg(`-i ${older}`)).toContain("phoenix-agent setup --write && phoenix-agent serve\n");
  });

  test("purging leaves what may be a container, or is needed by one, and says so", async () => {
    dpkg(`-i ${older}`);
    await proxmoxLeavings();
    const before = seen([...containers, ...pooled]);
    expect(dpkg("--purge phoenix-agent")).toContain(`${state} is not empty and was kept: containers may be in it`);
    expect(root.get(`find ${state} -type f`).trim().split("\n").toSorted()).toEqual([...pooled, `${state}/proxmox/953.mounts`].toSorted());
    expect(seen([...containers, ...pooled])).toBe(before);
  });

  test("of what has run, removing leaves all that was written, and purging nothing", () => {
    root.get(`rm -r ${state}`);
    dpkg(`-i ${whole}`);
    expect(root.get("dpkg --verify phoenix-agent phoenixctl; PATH=/usr/bin phoenix_orchestrator.sh 2>&1 || true")).toMatch(/^usage:/);
    const files = root.get("dpkg -L phoenix-agent phoenixctl").split("\n").filter(isFile);
    expect(files.length).toBeGreaterThan(15);
    live();
    const before = seen([settings, state]);
    dpkg("-r phoenix-agent phoenixctl");
    expect(files.filter(isFile)).toEqual([]);
    expect(seen([settings, state])).toBe(before);
    expect(dpkg("--purge phoenix-agent phoenixctl")).not.toContain("was kept");
    expect(root.sh(`ls -d ${state} /etc/phoenix ${link} /var/lib/systemd/*/*phoenix*`).out).toBe("");
  });

  test("systemd has nothing to say about the unit", () => {
    dpkg(`-i ${older}`);
    expect(root.sh(`systemd-analyze verify --recursive-errors=no ${unit}`)).toEqual({ code: 0, out: "", err: "" });
  });

  function isFile(path: string): boolean {
    return statSync(root.at(path), { throwIfNoEntry: false })?.isFile() ?? false;
  }

  /** An agent's life with everything that it writes: runs, who may join, a backup put back. */
  function live(): void {
    root.write(
      settings,
      [
        "driver: sim",
        "listen: 127.0.0.1:0",
        "manifest: /srv/m.json",
        "scripts: /srv",
        "features: /srv",
        "sim: { state: /srv/sim.json }",
        "",
      ].join("\n"),
    );
    root.write("/srv/m.json", JSON.stringify({ lxc_configs: { 954: { name: "tool", template: "base" } } }));
    const serve = (meanwhile: string) =>
      root.get(`phoenix-agent serve >/tmp/log 2>&1 </dev/null & agent=$!
        until phoenixctl ps >/tmp/ps 2>&1; do kill -0 $agent || { cat /tmp/log /tmp/ps; exit 1; }; done
        ${meanwhile}
        kill $agent; wait $agent`);
    serve("phoenixctl orchestrate 954 && phoenix-agent token create --role reader && phoenix-agent backup /tmp/copy");
    root.get("phoenix-agent restore /tmp/copy");
    serve("phoenixctl ps");
    expect(readFileSync(root.at("/tmp/log"), "utf8")).not.toContain('"level":"error"');
  }

  /** What the driver of Proxmox writes, by what writes it. */
  async function proxmoxLeavings(): Promise<void> {
    const folder = root.at(`${state}/proxmox`);
    await writeIntent(folder, 953, { run: "R", task: "snapshot", snapshot: "s", source: null, mark: "PHOENIX_PCT=1" });
    await writePristine(folder, 953, "s", "never");
    await writeSnapshotted(folder, 953, new Set(["local:v"]));
    await writeHeld(folder, 953, { before: "", bare: "", lines: [], section: { name: "", lines: [] }, others: noOthers });
  }
});
