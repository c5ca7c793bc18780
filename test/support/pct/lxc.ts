import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Conf } from "./conf.ts";
import { postStopCommand, runHook } from "./hooks.ts";
import { devices, checkDevice, lxcConfig, sourcePath } from "./lxc-config.ts";
import { checkBridges } from "./network.ts";
import { Die, err, out } from "./output.ts";
import { run, waitUntil } from "./process.ts";
import { mounts } from "./volumes.ts";
import type { PctWorld } from "./world-file.ts";

/** True while the container's monitor listens, as Proxmox itself asks (section "lock file names", fast running check). */
export function isRunning(world: PctWorld, vmid: string): boolean {
  return readFileSync("/proc/net/unix", "utf8").includes(`@${world.lxc_path}/${vmid}/command\n`);
}

/** The host's process id of a container's init. */
export function initPid(world: PctWorld, vmid: string): number {
  return Number(run(["lxc-info", "-P", world.lxc_path, "-n", vmid, "-pH"]).stdout.trim());
}

/** Section "bind mounts", bind source missing: what LXC's log says when Proxmox's hook fails to mount something. */
function dieInHook(vmid: string): never {
  out(`run_buffer: 322 Script exited with status 2\nlxc_init: 844 Failed to run lxc.hook.pre-start for container "${vmid}"\n`);
  out(`__lxc_start: 2027 Failed to initialize container "${vmid}"\n`);
  throw new Die(`startup for container '${vmid}' failed`);
}

/** Starts a container; the caller holds its lock. */
export function startContainer(world: PctWorld, vmid: string, conf: Conf): void {
  checkBridges(world, conf);
  for (const { path } of devices(conf)) checkDevice(path);
  runHook(world, vmid, conf, "pre-start");
  if (mounts(conf).some((mount) => !existsSync(sourcePath(world, mount)))) dieInHook(vmid);
  const folder = join(world.lxc_path, vmid);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "config"), lxcConfig(world, vmid, conf));
  const hook = join(folder, "post-stop");
  // LXC adds arguments of its own to a hook's command line.
  writeFileSync(hook, `#!/bin/sh\nexec ${postStopCommand(world, conf)} ${vmid} post-stop >/dev/null 2>&1\n`);
  chmodSync(hook, 0o755);
  const log = join(folder, "start.log");
  writeFileSync(log, "");
  // On Proxmox systemd starts it: nothing of the caller's environment gets into the monitor.
  const start = ["sh", "-c", 'exec lxc-start -P "$1" -n "$2" -o "$3" -l ERROR >/dev/null 2>&1', "sh", world.lxc_path, vmid, log];
  const { status } = run(start, { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" });
  // It returns 0 even when init has ended at once.
  if (status !== 0 || !isRunning(world, vmid)) {
    out(readFileSync(log, "utf8"));
    throw new Die(`startup for container '${vmid}' failed`);
  }
  try {
    runHook(world, vmid, conf, "post-start");
  } catch (error) {
    err(`${(error as Error).message}\n`);
  }
}

/** True once init handles the signal that asks it to shut down: one that comes earlier is lost (facts/lxc.md, pitfalls). */
function listens(pid: number): boolean {
  const status = existsSync(`/proc/${pid}/status`) ? readFileSync(`/proc/${pid}/status`, "utf8") : "";
  const caught = /^SigCgt:\s*(\w+)$/m.exec(status)?.[1] ?? "ffffffff";
  const SIGPWR = 30;
  return (BigInt(`0x${caught}`) & (1n << BigInt(SIGPWR - 1))) !== 0n;
}

/** Stops a container, by force or by asking it; the caller holds its lock. */
export function stopContainer(world: PctWorld, vmid: string, conf: Conf, how: "kill" | { timeout_s: number; force: boolean }): void {
  if (!isRunning(world, vmid)) return;
  runHook(world, vmid, conf, "pre-stop");
  const gone = (timeout_s: number): boolean => waitUntil(() => !isRunning(world, vmid), timeout_s * 1000);
  if (how === "kill") {
    run(["lxc-stop", "-P", world.lxc_path, "-n", vmid, "--kill"]);
    if (!gone(30)) throw new Die("container did not stop");
    return;
  }
  const pid = initPid(world, vmid);
  waitUntil(() => listens(pid), Math.min(how.timeout_s, 1) * 1000);
  const kind = how.force ? [] : ["--nokill"];
  const { status } = run(["lxc-stop", "-P", world.lxc_path, "-n", vmid, ...kind, "--timeout", String(how.timeout_s)]);
  if (status !== 0) err(`command 'lxc-stop -n ${vmid} --nokill --timeout ${how.timeout_s}' failed: exit code ${status}\n`);
  // Proxmox waits for the end of the command socket, so T + (T + 5) seconds in all (section "shutdown timeout").
  if (!gone(how.timeout_s + 5)) throw new Die("container did not stop");
}
