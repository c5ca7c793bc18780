import { describe, expect, test } from "@jest/globals";
import { settingChanges, type Settings } from "../../../src/agent/domain/container.ts";
import { parseConf, pendingFields } from "../../../src/agent/driver/proxmox/conf.ts";
import { sharedDevices } from "../../../src/agent/driver/proxmox/gpu-args.ts";
import { settingsOf } from "../../../src/agent/driver/proxmox/live-settings.ts";
import { withRaw } from "../../../src/agent/driver/proxmox/raw-lines.ts";
import { optionsOf, setArgs } from "../../../src/agent/driver/proxmox/set-args.ts";

/** What `pct set` would be given to make a configuration have these settings. */
function optionsFor(text: string, wanted: Settings, devices: readonly string[] = []): readonly string[] {
  const conf = parseConf(text);
  const fields = pendingFields(conf);
  return optionsOf(setArgs(settingChanges(settingsOf(conf, fields), wanted), fields, devices));
}

describe("what pct set is given", () => {
  test.each<[string, string, Settings, readonly string[]]>([
    ["nothing where nothing differs", "memory: 512\nswap: 0\nhostname: a\n", { memory_mb: "512", swap_mb: "0", hostname: "a" }, []],
    ["all that differs, at once", "memory: 512\n", { memory_mb: "1024", cores: "2" }, ["--memory", "1024", "--cores", "2"]],
    [
      "what has to go, where it is there",
      "cores: 2\nnameserver: 1.1.1.1\n",
      { cores: "", nameserver: "", options: "" },
      ["--delete", "cores,nameserver"],
    ],
    ["over what is pending", "memory: 512\n\n[pve:pending]\nmemory: 1024\n", { memory_mb: "1024" }, []],
    ["not the disk, which is resized", "rootfs: btr:1/x,size=4G\n", { disk_gb: "8" }, []],
    [
      "a network with what the manifest does not know left in it",
      "net0: name=eth0,bridge=vmbr0,firewall=1,hwaddr=BC:24:11:3A:A0:E3,ip=dhcp,tag=5,type=veth\n",
      { network: "name=eth0,bridge=vmbr1,ip=10.0.0.2/24,gw=10.0.0.1" },
      ["--net0", "name=eth0,bridge=vmbr1,hwaddr=BC:24:11:3A:A0:E3,ip=10.0.0.2/24,gw=10.0.0.1,firewall=1,tag=5,type=veth"],
    ],
    [
      "a network whose address Proxmox made up",
      "net0: name=eth0,bridge=vmbr0,hwaddr=BC:24:11:3A:A0:E3,type=veth\n",
      { network: "name=eth0,bridge=vmbr0" },
      [],
    ],
    [
      "whether and when Proxmox starts it",
      "memory: 1\nstartup: order=3\n",
      { onboot: "1", startup: "order=1,up=10,down=20" },
      ["--onboot", "1", "--startup", "order=1,up=10,down=20"],
    ],
    ["the same startup in other words", "onboot: 1\nstartup: down=60,3\n", { onboot: "1", startup: "order=3,down=60" }, []],
    ["no start at boot", "onboot: 1\nstartup: order=3\n", { onboot: "0", startup: "" }, ["--onboot", "0", "--delete", "startup"]],
    ["a network that is to go", "net0: name=eth0,bridge=vmbr0\n", { network: "" }, ["--delete", "net0"]],
  ])("%s", (_, text, wanted, options) => expect(optionsFor(text, wanted)).toEqual(options));

  test.each<[string, string, string, readonly string[]]>([
    ["for the first time", "memory: 1\n", "0", ["--dev0", "/dev/nvidia0,mode=0666", "--dev1", "/dev/nvidiactl,mode=0666"]],
    ["beside other devices", "dev0: /dev/fuse\ndev2: /dev/nvidiactl\n", "1", ["--dev1", "/dev/nvidia1,mode=0666"]],
    ["another one", "dev0: /dev/nvidia0\ndev1: /dev/nvidiactl\n", "1", ["--dev2", "/dev/nvidia1,mode=0666", "--delete", "dev0"]],
    ["none any more", "dev0: /dev/nvidia0\ndev1: /dev/nvidiactl\ndev2: /dev/fuse\n", "", ["--delete", "dev0,dev1"]],
    ["that are there as raw lines", "lxc.mount.entry: /dev/nvidia0 dev/nvidia0 none bind,optional,create=file\n", "0", []],
  ])("GPUs, %s", (_, text, gpus, options) => {
    const devices = sharedDevices.filter((device) => device === "/dev/nvidiactl");
    expect(optionsFor(text, { gpus }, devices)).toEqual(options);
  });
});

describe("raw lines", () => {
  const gpu = "lxc.mount.entry: /dev/nvidia0 dev/nvidia0 none bind,optional,create=file\n";
  const allowed = "lxc.cgroup2.devices.allow: c 195:* rwm\n";

  test.each<[string, string, Settings, string]>([
    [
      "come to the end of the main section",
      "memory: 1\n\n[a]\nmemory: 2\n",
      { raw: "lxc.a=1\nlxc.b=x y" },
      "memory: 1\nlxc.a: 1\nlxc.b: x y\n\n[a]\nmemory: 2\n",
    ],
    [
      "go when they are not wanted; those of snapshots stay",
      "lxc.a: 1\nlxc.b: 2\n[s]\nlxc.b: 2\n",
      { raw: "lxc.a=1" },
      "lxc.a: 1\n[s]\nlxc.b: 2\n",
    ],
    ["that are right stay where and as they are", "lxc.b = 2\nlxc.a: 1\n", { raw: "lxc.a=1\nlxc.b=2" }, "lxc.b = 2\nlxc.a: 1\n"],
    ["are left alone where nothing is said about them", "lxc.a: 1\n", { memory_mb: "1" }, "lxc.a: 1\n"],
    ["all go", "memory: 1\nlxc.a: 1\n", { raw: "" }, "memory: 1\n"],
    ["for a GPU go with it", `${allowed}${gpu}lxc.a: 1\n`, { gpus: "" }, "lxc.a: 1\n"],
    ["for a GPU stay with it", `${allowed}${gpu}`, { gpus: "0" }, `${allowed}${gpu}`],
    ["for another GPU go", `${allowed}${gpu}`, { gpus: "1" }, allowed],
    [
      "for a GPU that is not wanted are not wanted either",
      "",
      { gpus: "", raw: "lxc.a=1\nlxc.cgroup2.devices.allow=c 195:* rwm" },
      "lxc.a: 1\n",
    ],
  ])("%s", (_, text, settings, expected) => expect(withRaw(text, settings)).toBe(expected));
});
