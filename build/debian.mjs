// The Debian packages that a task needs; for bootstrap.mjs, so on Node 18 or newer.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";

/** What real containers need: packages, each with a command by which it is known to be there. */
export const containerPackages = { lxc: "lxc-start", "busybox-static": "busybox", "btrfs-progs": "mkfs.btrfs" };

/** The packages that this machine lacks. */
export function missing(packages) {
  return Object.keys(packages).filter((name) => !hasCommand(packages[name]));
}

/** Installs packages with apt. Answers why it could not, or undefined. */
export function installDebianPackages(names, reason) {
  if (names.length === 0) return undefined;
  const list = names.join(" ");
  if (!hasCommand("apt-get")) return `${list} not installed, and this is no Debian`;
  if (process.getuid() !== 0) return `${list} not installed, and only root may: apt-get install --no-install-recommends ${list}`;
  console.error(`phoenix: installing ${list} with apt-get (${reason})`);
  if (hasPackageLists() && install(names).status === 0) return undefined;
  // Lists that are missing or too old to match the mirror: fetch them, once.
  apt(["update"]);
  const second = install(names);
  return second.status === 0 ? undefined : `apt-get could not install ${list}: ${lastLine(second)}`;
}

function install(names) {
  return apt(["install", "-y", "--no-install-recommends", ...names]);
}

function apt(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return spawnSync("apt-get", ["-qq", ...args], { env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

function hasPackageLists() {
  try {
    return readdirSync("/var/lib/apt/lists").some((name) => name.includes("_Packages"));
  } catch {
    return false;
  }
}

function hasCommand(name) {
  return spawnSync("sh", ["-c", `command -v ${name}`], { stdio: "ignore" }).status === 0;
}

function lastLine(result) {
  return result.error?.message ?? result.stderr.trim().split("\n").at(-1);
}
