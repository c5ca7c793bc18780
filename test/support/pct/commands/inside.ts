import { chmodSync, chownSync, copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadConf } from "../conf-file.ts";
import { hostId } from "../lxc-config.ts";
import { initPid, isRunning } from "../lxc.ts";
import { Become, Die, err } from "../output.ts";
import { pct, type Call, type Command } from "./command.ts";

/** pct exec becomes lxc-attach, so its process id, signals and pipes are those of lxc-attach (section "exec details"). */
export const exec: Command = {
  syntax: { ...pct("exec", ["vmid"], { "keep-env": { type: "boolean" } }), rest: true },
  run: ({ world, vmid, given, rest }) => {
    loadConf(world, vmid);
    if (rest.length === 0) throw new Die("missing command at /usr/local/share/perl/5.36.0/PVE/CLI/pct.pm line 239.");
    if (!isRunning(world, vmid)) throw new Die(`container '${vmid}' not running!`);
    const keep = (given["keep-env"] ?? (world.pve === 8 ? "1" : "0")) === "1";
    const program = ["/usr/bin/lxc-attach", "/bin/lxc-attach"].find((path) => existsSync(path)) ?? "/usr/bin/lxc-attach";
    throw new Become(program, "lxc-attach", "-P", world.lxc_path, "-n", vmid, keep ? "--keep-env" : "--clear-env", "--", ...rest);
  },
};

/** The words of the C library for what can go wrong with a file. */
function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return (
    { ENOENT: "No such file or directory", EISDIR: "Is a directory", EACCES: "Permission denied", ENOTDIR: "Not a directory" }[code] ??
    String(error)
  );
}

/** A user's or group's number inside; a name is looked up there. */
function idOf(root: string, kind: "user" | "group", name: string): number {
  if (/^\d+$/.test(name)) return Number(name);
  const file = readFileSync(join(root, "etc", kind === "user" ? "passwd" : "group"), "utf8");
  const id = file
    .split("\n")
    .map((line) => line.split(":"))
    .find(([first]) => first === name)?.[2];
  if (id === undefined) throw new Die(`failed to get ${kind === "user" ? "uid" : "gid"} for: ${name}`);
  return Number(id);
}

/** The container's root as the host sees it. */
function rootOf({ world, vmid }: Call, verb: "push" | "pull"): string {
  loadConf(world, vmid);
  if (!isRunning(world, vmid)) throw new Die(`can only ${verb} files ${verb === "push" ? "to" : "from"} a running CT`);
  return `/proc/${initPid(world, vmid)}/root`;
}

/** What goes wrong inside is only printed: the exit code is 0 all the same (section "start/exec/push"). */
function lying(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Die)) throw error;
    err(`${error.message}\n`);
  }
}

function open<T>(complaint: (reason: string) => string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Die(complaint(reason(error)));
  }
}

const owner = { user: { type: "string" }, group: { type: "string" }, perms: { type: "string" } } as const;

/** pct push. */
export const push: Command = {
  syntax: pct("push", ["vmid", "file", "destination"], owner),
  run: (call) => {
    const { file = "", destination = "", perms, user = "0", group = "0" } = call.given;
    const root = rootOf(call, "push");
    lying(() => {
      const mode = perms === undefined ? "0644" : perms.replace(/^0*/, "0");
      if (!/^[0-7]+$/.test(mode)) throw new Die(`invalid mode: '${mode}'`);
      const content = open(
        () => `failed to open ${file} for reading`,
        () => readFileSync(file),
      );
      const conf = loadConf(call.world, call.vmid);
      const [uid, gid] = [hostId(conf, idOf(root, "user", user)), hostId(conf, idOf(root, "group", group))];
      const target = join(root, destination);
      open(
        (why) => `failed to create file: ${destination}: ${why}`,
        () => writeFileSync(target, content),
      );
      chownSync(target, uid, gid);
      chmodSync(target, Number.parseInt(mode, 8));
    });
  },
};

/** pct pull. */
export const pull: Command = {
  syntax: pct("pull", ["vmid", "path", "destination"], owner),
  run: (call) => {
    const { path = "", destination = "" } = call.given;
    const root = rootOf(call, "pull");
    lying(() => {
      const source = join(root, path);
      open(
        (why) => `failed to open ${path}: ${why}`,
        () => statSync(source),
      );
      open(
        (why) => `failed to create file: ${destination}: ${why}`,
        () => copyFileSync(source, destination),
      );
    });
  },
};
