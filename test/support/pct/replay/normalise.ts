import { dirname, join } from "node:path";
import type { TestPct } from "../world.ts";

/** The recorder's folders and ours, longest first. */
export function folders({ world, pool }: TestPct): readonly (readonly [string, string])[] {
  const root = dirname(pool.path);
  return [
    ["/mnt/btr/store", join(root, "btr")],
    ["/srv/plaindir", join(root, "plaindir")],
    ["/srv/nonexistent", join(root, "nonexistent")],
    ["/srv/bind", join(root, "bind")],
    ["/var/lib/vz", join(root, "local")],
    ["/var/lib/lxc", world.lxc_path],
    ["/run/lock/lxc", world.lock_dir],
    ["/var/lock/pve-manager", join(dirname(world.lock_dir), "pve-manager")],
    ["/etc/pve/lxc", world.config_dir],
    ["/tmp/pve", join(root, "tmp-pve")],
  ];
}

/** A recorded word of a command line, for our world. */
export function toWorld(text: string, pct: TestPct): string {
  return folders(pct).reduce((done, [recorded, ours]) => done.replaceAll(recorded, ours), text);
}

const rules: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "DATE AND TIME------"],
  [/^snaptime: \d+$/gm, "snaptime: TIME"],
  [/(Filesystem UUID: ).*/g, "$1UUID"],
  [/(Total bytes read: ).*/g, "$1BYTES"],
  [/\.tmp\.\d+/g, ".tmp.PID"],
  [/hwaddr=[0-9A-F:]{17}/g, "hwaddr=MAC"],
  [/(lxc_attach_run_command: )\d+/g, "$1LINE"],
  // ls -l: sizes and times, and the folder above, which on Proxmox is a mount point of its own.
  [/^d[rwxst-]{9}( .* \.\.)$/gm, "dMODE$1"],
  [/^([dl-][\w-]+) +\d+ /gm, "$1 LINKS "],
  [/^total \d+$/gm, "total N"],
  [/^([dl-]\S+ +LINKS +\S+ +\S+) +\d+( [A-Z][a-z]{2} +\d+ +[\d:]+ )/gm, "$1SIZE$2"],
  [/[A-Z][a-z]{2} [ \d]\d [ \d]\d:\d\d /g, "DATE "],
  // The figures of rsync, which are of the files copied.
  [/^((?:Number of|Total|Literal data|File list|sent |total size ).*)$/gm, "$1\u0000"],
  // The figures of pct status --verbose that are of the machine.
  [/^(cpus|disk|maxdisk|mem|pid|uptime): \d+$/gm, "$1: N"],
];

/** Takes out what differs from run to run. */
export function normalise(text: string): string {
  const done = rules.reduce((left, [pattern, replacement]) => left.replace(pattern, replacement), text);
  return done.replace(/^.*\0$/gm, (line) => line.replace(/[\d,.]*\d/g, "N").replace("\0", ""));
}

/** What our pct printed, as if it had been printed by the recorder's. */
export function fromWorld(text: string, pct: TestPct): string {
  return normalise(folders(pct).reduce((done, [recorded, ours]) => done.replaceAll(ours, recorded), text));
}
