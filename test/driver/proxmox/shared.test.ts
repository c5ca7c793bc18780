import { withoutShared } from "../../../src/agent/driver/proxmox/shared.ts";

const source = `#made by hand
arch: amd64
cores: 2
hostname: it
net0: name=eth0,bridge=vmbr0,firewall=1,gw=192.0.2.1,hwaddr=BC:24:11:3A:A0:E3,ip=192.0.2.7/24,ip6=2001:db8::7/64,type=veth
net1: name=eth1,bridge=vmbr1,hwaddr=BC:24:11:3A:A0:E4,ip=dhcp,ip6=auto,type=veth
onboot: 1
ostype: debian
protection: 1
rootfs: btr:950/subvol-950-disk-0.subvol,size=0T
startup: order=3,up=5
lxc.apparmor.profile: unconfined
lxc.mount.entry: /srv/models models none bind,create=dir 0 0
lxc.mount.entry: /dev/fuse dev/fuse none bind,create=file 0 0
`;

test("a clone does not start with the host, and has no address and no folder of its source", () => {
  expect(withoutShared(source)).toBe(`#made by hand
arch: amd64
cores: 2
hostname: it
net0: name=eth0,bridge=vmbr0,firewall=1,hwaddr=BC:24:11:3A:A0:E3,ip=dhcp,type=veth
net1: name=eth1,bridge=vmbr1,hwaddr=BC:24:11:3A:A0:E4,ip=dhcp,ip6=auto,type=veth
ostype: debian
rootfs: btr:950/subvol-950-disk-0.subvol,size=0T
lxc.apparmor.profile: unconfined
lxc.mount.entry: /dev/fuse dev/fuse none bind,create=file 0 0
`);
});

test("what shares nothing stays as it is, byte for byte", () => {
  const text = withoutShared(source);
  expect(withoutShared(text)).toBe(text);
});
