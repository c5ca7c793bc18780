import { chmodSync, chownSync, existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Conf } from "./conf.ts";
import { Die } from "./output.ts";
import { runOrDie } from "./process.ts";
import { volume } from "./storage.ts";
import { mounts, parseProperties, type Mount } from "./volumes.ts";
import type { PctWorld } from "./world-file.ts";

/** Where an unprivileged container's root is on the host. */
export const FIRST_UID = 100_000;

/** The host's id of a container's id. */
export function hostId(conf: Conf, id: number): number {
  return conf.values["unprivileged"] === "1" ? id + FIRST_UID : id;
}

/** Where the source of a mount lies on the host. */
export function sourcePath(world: PctWorld, { kind, source }: Mount): string {
  return kind === "volume" ? volume(world, source).path : source;
}

const escape = (path: string): string => path.replaceAll(" ", "\\040");

function mountLines(world: PctWorld, conf: Conf): string[] {
  return mounts(conf)
    .filter(({ key }) => key !== "rootfs")
    .map((mount) => {
      const target = (mount.options["mp"] ?? "").replace(/^\/+/, "");
      return `lxc.mount.entry = ${escape(sourcePath(world, mount))} ${escape(target)} none bind,create=dir${mount.options["ro"] === "1" ? ",ro" : ""} 0 0`;
    });
}

/** The paths of the devN lines. */
export function devices(conf: Conf): { path: string; options: Readonly<Record<string, string>> }[] {
  return Object.keys(conf.values)
    .filter((key) => /^dev\d+$/.test(key))
    .map((key) => {
      const { first, others } = parseProperties(conf.values[key] ?? "");
      return { path: first.replace(/^path=/, ""), options: others };
    });
}

/** Dies when a device of the configuration is missing on the host (sections "set" dev0, "raw lxc lines" dev0 missing). */
export function checkDevice(path: string): void {
  if (!existsSync(path)) throw new Die(`Device ${path} does not exist`, 2);
}

/** devN: a device node of its own, with mode and owner as asked for, since the host's belongs to no id of the container. */
function deviceLines(world: PctWorld, vmid: string, conf: Conf): string[] {
  const folder = join(world.lxc_path, vmid, "devices");
  rmSync(folder, { recursive: true, force: true });
  return devices(conf).flatMap(({ path, options }) => {
    const { rdev, mode } = statSync(path);
    const kind = (mode & 0o170000) === 0o060000 ? "b" : "c";
    // The kernel's encoding of a device number.
    const major = (rdev >> 8) & 0xfff;
    const minor = (rdev & 0xff) | ((rdev >> 12) & 0xfff00);
    const node = join(folder, path);
    mkdirSync(dirname(node), { recursive: true });
    runOrDie(["mknod", node, kind, String(major), String(minor)]);
    chmodSync(node, Number.parseInt(options["mode"] ?? "0660", 8));
    chownSync(node, hostId(conf, Number(options["uid"] ?? 0)), hostId(conf, Number(options["gid"] ?? 0)));
    const allow = `devices.allow = ${kind} ${major}:${minor} ${options["deny-write"] === "1" ? "r" : "rw"}`;
    return [`lxc.cgroup.${allow}`, `lxc.cgroup2.${allow}`, `lxc.mount.entry = ${node} ${path.slice(1)} none bind,create=file 0 0`];
  });
}

/** A raw line of N.conf: plain LXC on hybrid cgroups needs the spelling of version 1 as well. */
function rawLines([key, value]: [string, string]): string[] {
  const line = `${key} = ${value}`;
  return key.startsWith("lxc.cgroup2.") ? [line, line.replace("lxc.cgroup2.", "lxc.cgroup.")] : [line];
}

/** The configuration of LXC for a container of Proxmox, without what plain LXC or a test machine lacks: network, AppArmor, lxcfs. */
export function lxcConfig(world: PctWorld, vmid: string, conf: Conf): string {
  const { values } = conf;
  const root = mounts(conf).find(({ key }) => key === "rootfs");
  if (root === undefined) throw new Die("missing rootfs configuration");
  const path = sourcePath(world, root);
  const memory = Number(values["memory"] ?? 512) * 2 ** 20;
  const hook = values["hookscript"];
  return [
    `lxc.uts.name = ${values["hostname"] ?? `CT${vmid}`}`,
    `lxc.rootfs.path = dir:${path}`,
    "lxc.mount.auto = proc:mixed sys:mixed cgroup:mixed",
    "lxc.net.0.type = empty",
    "lxc.net.0.flags = up",
    "lxc.tty.max = 0",
    "lxc.pty.max = 1024",
    "lxc.cap.drop = mac_admin mac_override sys_time sys_module sys_rawio",
    "lxc.seccomp.profile = /usr/share/lxc/config/common.seccomp",
    "lxc.environment = TERM=linux",
    `lxc.cgroup.memory.limit_in_bytes = ${memory}`,
    `lxc.cgroup2.memory.max = ${memory}`,
    ...(existsSync(join(path, "sbin/tinit")) ? ["lxc.init.cmd = /sbin/tinit"] : []),
    ...(values["unprivileged"] === "1" ? ["u", "g"].map((kind) => `lxc.idmap = ${kind} 0 ${FIRST_UID} 65536`) : []),
    ...mountLines(world, conf),
    ...deviceLines(world, vmid, conf),
    ...(hook === undefined ? [] : [`lxc.hook.post-stop = ${world.lxc_path}/${vmid}/post-stop`]),
    ...conf.lxc.flatMap(rawLines),
    "",
  ].join("\n");
}
