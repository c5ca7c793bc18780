import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { hasConf, loadConf, removeConf, saveConf } from "../conf-file.ts";
import { emptyConf, type Conf } from "../conf.ts";
import { withConfigLock } from "../locks.ts";
import { startContainer } from "../lxc.ts";
import { normaliseNet } from "../network.ts";
import { Die, out } from "../output.ts";
import { shiftOwners } from "../owners.ts";
import { run } from "../process.ts";
import { normaliseTags } from "../settings.ts";
import { filePath, storage, volume } from "../storage.ts";
import { freeVolume } from "../volume-store.ts";
import { parseProperties, volumeIds } from "../volumes.ts";
import type { PctWorld } from "../world-file.ts";
import { pct, type Command } from "./command.ts";
import { makeVolume } from "./pending.ts";

function templatePath(world: PctWorld, template: string): string {
  const path = template.startsWith("/") ? template : filePath(world, template);
  if (!existsSync(path)) throw new Die(`volume '${template}' does not exist`);
  return path;
}

/** Puts the template into the root file system; a folder is copied, which Proxmox can't. */
function extract(path: string, root: string): void {
  out(`extracting archive '${path}'\n`);
  const folder = statSync(path).isDirectory();
  const argv = folder
    ? ["cp", "-a", "--reflink=auto", `${path}/.`, root]
    : ["tar", "--totals", "--numeric-owner", "-xpf", path, "-C", root];
  const { status, stderr } = run(argv);
  if (status !== 0) throw new Die(`command '${argv.join(" ")}' failed: exit code ${status}`);
  out(
    folder
      ? "Total bytes read: 10240 (10KiB, 10MiB/s)\n"
      : stderr
          .split("\n")
          .filter((line) => line.startsWith("Total"))
          .join("\n") + "\n",
  );
}

/** What Proxmox looks at to tell the distribution; unmanaged is believed, anything else has to be found. */
function distribution(root: string, asked: string | undefined): string {
  if (asked === "unmanaged") return asked;
  const file = join(root, "etc/os-release");
  const id = existsSync(file) ? /^ID="?(\w+)"?$/m.exec(readFileSync(file, "utf8"))?.[1] : undefined;
  if (id === undefined) throw new Die("unable to detect OS distribution");
  return id;
}

/** Options of create that are no properties of the container. */
const own = ["vmid", "ostemplate", "start", "storage", "force", "pool", "password", "ssh-public-keys", "ignore-unpack-errors"];

function settingOf(key: string, value: string): string {
  if (/^net\d+$/.test(key)) return normaliseNet(value);
  return key === "tags" ? normaliseTags(value) : value;
}

function settingsOf(given: Readonly<Record<string, string>>): Record<string, string> {
  // `unprivileged: 0` is not written (section "create").
  const kept = Object.entries(given).filter(([key, value]) => !own.includes(key) && !(key === "unprivileged" && value === "0"));
  return Object.fromEntries(kept.map(([key, value]) => [key, settingOf(key, value)]));
}

/** Volumes first, the root before the others (section "snapshot name edge (2)", two volumes); then the archive. */
function build(world: PctWorld, vmid: string, conf: Conf, given: Readonly<Record<string, string>>): void {
  const keys = [
    "rootfs",
    ...Object.keys(conf.values)
      .filter((key) => /^mp\d+$/.test(key))
      .sort(),
  ];
  const template = templatePath(world, given["ostemplate"] ?? "");
  for (const key of keys) conf.values[key] = makeVolume(world, vmid, conf, conf.values[key] ?? "");
  const root = volume(world, parseProperties(conf.values["rootfs"] ?? "").first).path;
  extract(template, root);
  const ostype = distribution(root, given["ostype"]);
  if (given["arch"] === undefined) out("Detected container architecture: amd64\n");
  if (conf.values["unprivileged"] === "1") shiftOwners(root);
  conf.values = { arch: "amd64", hostname: `CT${vmid}`, memory: "512", swap: "512", ...conf.values, ostype };
}

/** pct create (section "create"). */
export const create: Command = {
  syntax: {
    ...pct("create", ["vmid", "ostemplate"], {
      force: { type: "boolean" },
      "ignore-unpack-errors": { type: "boolean" },
      password: { type: "string" },
      pool: { type: "string" },
      "ssh-public-keys": { type: "string" },
      start: { type: "boolean" },
      storage: { type: "string" },
    }),
    properties: true,
  },
  run: ({ world, vmid, given }) => {
    if (hasConf(world, vmid)) throw new Die(`CT ${vmid} already exists on node '${world.node}'`, 2);
    for (const [key, value] of Object.entries(given)) {
      const [, id] = (/^(rootfs|mp\d+)$/.test(key) && /^([^:/]+):/.exec(value)) || [];
      if (id !== undefined) storage(world, id);
    }
  },
  task: ({ world, vmid, given }) =>
    withConfigLock(world, vmid, () => {
      const conf = emptyConf();
      // Others see that it is being made, and nothing else.
      saveConf(world, vmid, { ...conf, values: { lock: "create" } });
      conf.values = { rootfs: `${given["storage"] ?? "local"}:4`, ...settingsOf(given) };
      try {
        build(world, vmid, conf, given);
      } catch (error) {
        const made = volumeIds(conf).filter((id) => /:.*\D/.test(id) && existsSync(volume(world, id).path));
        for (const id of made) freeVolume(volume(world, id));
        removeConf(world, vmid);
        throw error instanceof Die ? new Die(`unable to create CT ${vmid} - ${error.message}`) : error;
      }
      saveConf(world, vmid, conf);
      if (given["start"] === "1") startContainer(world, vmid, loadConf(world, vmid));
    }),
};
