import { containers, loadConf } from "../conf-file.ts";
import { sortedKeys, type Section } from "../conf.ts";
import { initPid, isRunning } from "../lxc.ts";
import { Die, out } from "../output.ts";
import { encodeText } from "../text.ts";
import { mounts, parseSize } from "../volumes.ts";
import { pct, type Command } from "./command.ts";

/** pct list (section "list/status/config"). */
export const list: Command = {
  syntax: pct("list", []),
  run: ({ world }) => {
    const rows = containers(world).map((vmid) => {
      const { values } = loadConf(world, vmid);
      return [vmid, isRunning(world, vmid) ? "running" : "stopped", values["lock"] ?? "", values["hostname"] ?? `CT${vmid}`];
    });
    const line = ([id = "", status = "", lock = "", name = ""]: string[]): string =>
      `${id.padEnd(10)} ${status.padEnd(10)} ${lock.padEnd(12)} ${name.padEnd(20)}\n`;
    if (rows.length > 0) out([["VMID", "Status", "Lock", "Name"], ...rows].map(line).join(""));
  },
};

/** pct status. The figures of --verbose are of the right kind, not of the right size. */
export const status: Command = {
  syntax: pct("status", ["vmid"], { verbose: { type: "boolean" } }),
  run: ({ world, vmid, given }) => {
    const conf = loadConf(world, vmid);
    const running = isRunning(world, vmid);
    const state = running ? "running" : "stopped";
    if (given["verbose"] !== "1") return out(`status: ${state}\n`);
    const { cores, hostname = `CT${vmid}`, memory = "512", swap = "512" } = conf.values;
    const size = parseSize(mounts(conf).find(({ key }) => key === "rootfs")?.options["size"] ?? "0");
    const figures: Record<string, string | number> = {
      cpus: cores ?? 2,
      disk: 0,
      diskread: 0,
      diskwrite: 0,
      maxdisk: size || 4 * 2 ** 30,
      maxmem: Number(memory) * 2 ** 20,
      maxswap: Number(swap) * 2 ** 20,
      mem: 0,
      name: hostname,
      netin: 0,
      netout: 0,
      ...(running ? { pid: initPid(world, vmid) } : {}),
      status: state,
      swap: 0,
      type: "lxc",
      uptime: 0,
      vmid,
    };
    out(
      sortedKeys(figures)
        .map((key) => `${key}: ${figures[key]}\n`)
        .join(""),
    );
  },
};

/** The lines of `pct config`: sorted, the description on one line and encoded, raw lines last. */
function lines({ values, lxc }: Section): string[] {
  const value = (key: string): string => (key === "description" ? encodeText(values[key] ?? "") : (values[key] ?? ""));
  return [...sortedKeys(values).map((key) => `${key}: ${value(key)}`), ...lxc.map(([key, text]) => `${key}: ${text}`)];
}

/** pct config: with the pending changes, unless --current; or the configuration of a snapshot. */
export const config: Command = {
  syntax: pct("config", ["vmid"], {
    current: { type: "boolean", excludes: "snapshot" },
    snapshot: { type: "string", max_length: 40, excludes: "current" },
  }),
  run: ({ world, vmid, given }) => {
    const conf = loadConf(world, vmid);
    const name = given["snapshot"];
    if (name !== undefined) {
      const section = conf.snapshots[name];
      if (section === undefined) throw new Die(`snapshot '${name}' does not exist`);
      return out(`${lines(section).join("\n")}\n`);
    }
    const { delete: removed = "", ...changes } = given["current"] === "1" ? {} : conf.pending.values;
    const values: Record<string, string> = { ...conf.values, ...changes };
    for (const key of removed.split(",")) delete values[key.replace(/^!/, "")];
    out(`${lines({ values, lxc: conf.lxc }).join("\n")}\n`);
  },
};

/** pct pending (section "set (2)"). */
export const pending: Command = {
  syntax: pct("pending", ["vmid"]),
  run: ({ world, vmid }) => {
    const conf = loadConf(world, vmid);
    const { delete: removed = "", ...changes } = conf.pending.values;
    const deleted = removed.split(",").map((key) => key.replace(/^!/, ""));
    const text = (key: string, value: string): string => (key === "description" ? encodeText(value) : value);
    for (const key of sortedKeys({ ...conf.values, ...changes })) {
      const now = conf.values[key];
      const next = changes[key];
      if (now !== undefined) out(`cur ${key}: ${text(key, now)}\n`);
      if (next !== undefined) out(`new ${key}: ${text(key, next)}\n`);
      if (deleted.includes(key)) out(`del ${key}: ${text(key, now ?? "")}\n`);
    }
  },
};

function timestamp(seconds: number): string {
  const date = new Date(seconds * 1000);
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** pct listsnapshot: the tree by parents, siblings by time, `current` last (sections "snapshot", "rollback"). */
export const listsnapshot: Command = {
  syntax: pct("listsnapshot", ["vmid"]),
  run: ({ world, vmid }) => {
    const conf = loadConf(world, vmid);
    const sections: Record<string, Section> = { ...conf.snapshots, current: conf };
    const time = (name: string): number => (name === "current" ? Infinity : Number(sections[name]?.values["snaptime"] ?? 0));
    const parent = (name: string): string => {
      const found = sections[name]?.values["parent"] ?? "";
      return Object.hasOwn(sections, found) && found !== "current" ? found : "";
    };
    const print = (prefix: string, name: string): void => {
      const { description = "", snaptime } = name === "current" ? { description: "You are here!" } : (sections[name]?.values ?? {});
      const when = snaptime === undefined ? "" : timestamp(Number(snaptime));
      out(
        `${prefix} ${name.padEnd(Math.max(0, 30 - prefix.length))} ${when.padEnd(23)} ${description.split("\n")[0] || "no-description"}\n`,
      );
      children(name, ` ${prefix}`);
    };
    const children = (name: string, prefix: string): void => {
      const found = Object.keys(sections).filter((other) => parent(other) === name);
      for (const child of found.sort((a, b) => time(a) - time(b))) print(prefix, child);
    };
    children("", "`->");
  },
};
