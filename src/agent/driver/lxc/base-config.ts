import { line, type Line } from "./config.ts";

/** Devices that every container may use (as in LXC's common.conf, which can't be included: facts/lxc.md): null, zero, full, tty, console, ptmx, random, urandom, pts, fuse. */
const devices = [
  "c *:* m",
  "b *:* m",
  ...["1:3", "1:5", "1:7", "5:0", "5:1", "5:2", "1:8", "1:9", "136:*", "10:229"].map((device) => `c ${device} rwm`),
];

/** The lines of a new container, without its settings (facts/lxc.md). */
export function baseLines(rootfsPath: string): readonly Line[] {
  const cgroups = ["lxc.cgroup", "lxc.cgroup2"];
  return [
    { key: "", value: "# Written by Phoenix, which replaces the lines of its settings and keeps all others.", raw: false },
    line("lxc.rootfs.path", rootfsPath),
    line("lxc.mount.auto", "proc:mixed sys:mixed cgroup:mixed"),
    line("lxc.tty.max", "0"),
    line("lxc.pty.max", "1024"),
    line("lxc.cap.drop", "mac_admin mac_override sys_time sys_module sys_rawio"),
    line("lxc.seccomp.profile", "/usr/share/lxc/config/common.seccomp"),
    ...cgroups.map((cgroup) => line(`${cgroup}.devices.deny`, "a")),
    ...cgroups.flatMap((cgroup) => devices.map((device) => line(`${cgroup}.devices.allow`, device))),
  ];
}
