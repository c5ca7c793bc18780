import { describe, expect, test } from "@jest/globals";
import { networkText } from "../../../src/agent/domain/container.ts";
import { parseConf } from "../../../src/agent/driver/proxmox/conf.ts";
import { containerOf } from "../../../src/agent/driver/proxmox/container.ts";
import { parseParts } from "../../../src/agent/driver/proxmox/parts.ts";
import { defaultPool, onNode } from "../../../src/agent/driver/proxmox/storage.ts";
import { recordedConfs } from "./recorded.ts";

const storages = parseParts(`dir: local
	path /var/lib/vz
	content vztmpl,iso,backup,rootdir

btrfs: btr
	path /mnt/btr/store
	content rootdir,images

zfspool: zp
	pool tank
	content rootdir

lvmthin: thin
	vgname pve
	thinpool data
	content rootdir

dir: plaindir
	path /srv/plaindir
	content rootdir
`);

const read = (text: string, snapshotted: readonly string[] = []) =>
  containerOf(950, parseConf(text), { state: "stopped", snapshotted: new Set(snapshotted), storages });

describe("a container, from its N.conf", () => {
  test.each(recordedConfs)("$name", ({ text }) => {
    const container = read(text);
    expect(container.settings.memory_mb).toMatch(/^\d+$/);
    expect(container.name).not.toBe("");
    const seen = container.snapshots.map(({ name }) => name);
    container.snapshots.forEach(({ parent }, at) => expect(parent === null || seen.slice(0, at).includes(parent)).toBe(true));
  });

  test("settings as canonical texts", () => {
    const { settings } = read(`arch: amd64
cores: 4
dev0: /dev/nvidia1,mode=0666
dev1: /dev/nvidiactl
features: nesting=1,keyctl=1
hostname: vllm
memory: 65536
nameserver: 1.1.1.1  8.8.8.8
net0: name=eth0,bridge=vmbr0,firewall=1,gw=10.0.0.1,hwaddr=bc:24:11:3a:a0:e3,ip=10.0.0.2/24,type=veth
rootfs: btr:950/vm-950-disk-0.raw,size=32G
swap: 512
lxc.mount.entry: /dev/nvidia0 dev/nvidia0 none bind,optional,create=file
lxc.apparmor.profile: unconfined
`);
    expect(settings).toEqual({
      hostname: "vllm",
      memory_mb: "65536",
      swap_mb: "512",
      cores: "4",
      disk_gb: "32",
      network: networkText({ name: "eth0", bridge: "vmbr0", ip: "10.0.0.2/24", gateway: "10.0.0.1", hwaddr: "BC:24:11:3A:A0:E3" }),
      nameserver: "1.1.1.1 8.8.8.8",
      options: "keyctl=1,nesting=1",
      gpus: "0,1",
      raw: "lxc.apparmor.profile=unconfined\nlxc.mount.entry=/dev/nvidia0 dev/nvidia0 none bind,optional,create=file",
      onboot: "0",
    });
  });

  test.each([
    ["", { onboot: "0" }],
    ["onboot: 0\nstartup: up=0\n", { onboot: "0" }],
    ["onboot: yes\n", { onboot: "1" }],
    ["onboot: Off\n", { onboot: "0" }],
    ["onboot: 1\nstartup: 3\n", { onboot: "1", startup: "order=3" }],
    ["onboot: 1\nstartup: down=5,order=1,up=2\n", { onboot: "1", startup: "order=1,up=2,down=5" }],
  ])("whether Proxmox starts it: %j", (text, expected) => {
    const { onboot, startup } = read(text).settings;
    expect({ onboot, ...(startup === undefined ? {} : { startup }) }).toEqual(expected);
  });

  test("a subvolume without a size has no limit", () => {
    expect(read("memory: 1\nrootfs: btr:950/subvol-950-disk-0.subvol,size=0T\n").settings.disk_gb).toBe("Infinity");
    expect(read("memory: 1\nrootfs: zp:subvol-950-disk-0,size=512M\n").settings.disk_gb).toBe("0.5");
  });

  test.each([
    ["dev0: /dev/nvidia0", true],
    ["lxc.cgroup2.devices.allow: c 195:* rwm", true],
    ["lxc.mount.entry: /dev/dri dev/dri none bind,optional,create=dir", true],
    ["dev0: /dev/fuse,mode=0666", false],
    ["lxc.cgroup2.devices.allow: c 10:229 rwm", false],
    ["\n[pve:pending]\ndev3: /dev/nvidia0", true],
    ["\n[old]\ndev0: /dev/nvidia0", false],
  ])("GPU access by %j: %j", (line, expected) => expect(read(`memory: 1\n${line}\n`).gpu_access).toBe(expected));

  test("volumes, bind mounts of both kinds, and what lies unused", () => {
    const text = `mp0: btr:950/vm-950-disk-1.raw,mp=/data,backup=0,size=10G
mp10: /srv/models,mp=/models/
mp2: volume=zp:subvol-950-disk-2,mp=/var//lib,size=1G
unused0: btr:950/vm-950-disk-3.raw
lxc.mount.entry: /srv/with\\040space a/b\\040c none rbind,create=dir 0 0
lxc.mount.entry: /dev/fuse dev/fuse none bind,optional,create=file
lxc.mount.entry: tmpfs tmp tmpfs rw 0 0
`;
    const { attachments, detached } = read(text, ["zp:subvol-950-disk-2"]);
    expect(attachments).toEqual([
      { kind: "volume", source: "btr:950/vm-950-disk-1.raw", container_path: "/data", in_snapshots: false },
      { kind: "volume", source: "zp:subvol-950-disk-2", container_path: "/var/lib", in_snapshots: true },
      { kind: "bind", source: "/srv/models", container_path: "/models", in_snapshots: false },
      { kind: "bind", source: "/srv/with space", container_path: "/a/b c", in_snapshots: false },
    ]);
    expect(detached).toEqual(["btr:950/vm-950-disk-3.raw"]);
  });

  test.each([
    ["btr:950/subvol-950-disk-0.subvol", [], { can: "any" }],
    ["thin:vm-950-disk-0", [], { can: "any" }],
    ["zp:subvol-950-disk-0", [], { can: "newest" }],
    ["btr:950/subvol-950-disk-0.subvol", ["zp:subvol-950-disk-1"], { can: "newest" }],
    ["plaindir:950/vm-950-disk-0.raw", [], { can: "none", why: "plaindir" }],
    ["gone:950/x", [], { can: "none", why: "storage.cfg" }],
    ["/srv/rootfs", [], { can: "none", why: "/srv/rootfs" }],
  ])("snapshots of %s with %j in them", (rootfs, snapshotted, expected) => {
    const mounts = snapshotted.map((volume, at) => `mp${at}: ${volume},mp=/m${at}\n`).join("");
    const found = read(`rootfs: ${rootfs},size=1G\n${mounts}`, snapshotted).snapshot_support;
    expect(found.can).toBe(expected.can);
    expect("why" in found ? found.why : "").toContain("why" in expected ? expected.why : "");
  });

  test("snapshots are oldest first, whatever their names, clocks and sections say", () => {
    const { snapshots } = read(`parent: aa
[aa]
#done%3A 50%25
#phoenix run 01JD0000000000000000000000
parent: mm
snaptime: 100
[half]
parent: mm
snapstate: prepare
[mm]
parent: zz
snaptime: 90
[odd]
parent: half
snaptime: 80
[zz]
snaptime: 100
`);
    expect(snapshots.map(({ name, parent }) => [name, parent])).toEqual([
      ["zz", null],
      ["mm", "zz"],
      ["aa", "mm"],
      ["odd", "mm"],
    ]);
    expect(snapshots[2]).toMatchObject({
      created: 100_000,
      run: "01JD0000000000000000000000",
      description: "done: 50%\nphoenix run 01JD0000000000000000000000",
    });
  });

  test("sections that no snapshot can be named like are none", () => {
    const text = "memory: 1\n[PVE:pending]\nmemory: 2\n[special:fleecing]\nmemory: 3\n[1st]\nmemory: 4\n[constructor]\nmemory: 5\n";
    const { snapshots, settings } = read(text);
    expect(snapshots.map(({ name }) => name)).toEqual(["constructor"]);
    expect(settings.memory_mb).toBe("2");
  });

  test("a container that names no pool goes to a storage of this node, one that can be snapshotted first", () => {
    const all = "btrfs: far\n\tpath /far\n\tcontent rootdir\n\tnodes pve2,pve3\n";
    const here = "zfspool: near\n\tpool tank\n\tcontent rootdir\n\tnodes pve2,pve1\n";
    const pool = (text: string, node: string) => defaultPool(onNode(parseParts(text), node));
    expect([pool(all + here, "pve1"), pool(all + here, "pve3"), pool(all, "pve1")]).toEqual(["near", "far", null]);
    expect(pool("dir: local\n\tpath /var/lib/vz\n\tcontent rootdir\n" + here, "pve1")).toBe("near");
  });

  test("parents in a circle, which only a hand can make, do no harm", () => {
    expect(read("[aa]\nparent: bb\n[bb]\nparent: aa\n").snapshots).toHaveLength(2);
  });

  test("what pct has only put down as pending is set, and may be deleted there", () => {
    const { settings } = read("memory: 512\nfeatures: nesting=1\ncores: 2\n\n[pve:pending]\nfeatures: nesting=1,keyctl=1\ndelete: cores\n");
    expect(settings).toEqual({ memory_mb: "512", options: "keyctl=1,nesting=1", onboot: "0" });
  });

  test("a lock, and a name where there is none", () => expect(read("lock: backup\n")).toMatchObject({ lock: "backup", name: "CT950" }));

  test("without anything in it", () =>
    expect(read("")).toMatchObject({ settings: {}, snapshots: [], attachments: [], snapshot_support: { can: "none" } }));
});
