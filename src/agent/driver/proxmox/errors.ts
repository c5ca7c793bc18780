import type { Ctid } from "../../domain/container.ts";
import { Fault, type Reason } from "../../domain/errors.ts";

/** What an error text of pct means. `$1` in `remedy` is the pattern's first group, `$N` the container. */
interface Row {
  readonly pattern: RegExp;
  readonly reason: Reason;
  readonly remedy: string;
  readonly transient?: true;
  /** What the task has said before, on stdout, tells why. */
  readonly why?: true;
}

const wait = "wait until that has ended";

/**
 * The error texts of pct, as recorded (facts/proxmox.md, pct-transcripts.json), and as its source has them. The first row that fits counts. Exit codes say
 * nothing: a failure before the task forks exits with whatever errno was.
 */
const rows: readonly Row[] = [
  {
    pattern: /can't lock file '\S+pve-migrate-\d+' - got timeout|Failed to obtain guest migration lock/,
    reason: "CONFIG_LOCK_TIMEOUT",
    remedy: "a migration or replication has the container; it is tried again",
    transient: true,
  },
  {
    pattern: /can't lock file '(.+?)' - got timeout/,
    reason: "CONFIG_LOCK_TIMEOUT",
    remedy: "another operation on the container is under way; it is tried again. Who: fuser -v $1",
    transient: true,
  },
  {
    pattern: /detected modified configuration/,
    reason: "CONFIG_LOCK_TIMEOUT",
    remedy: "the configuration was changed at the same time; it is tried again",
    transient: true,
  },
  { pattern: /CT is locked \(backup\)/, reason: "LOCKED", remedy: `a backup is being made: ${wait}; if it was cut off: pct unlock $N` },
  { pattern: /CT is locked \(migrate\)/, reason: "LOCKED", remedy: `it is being migrated: ${wait}; if that was cut off: pct unlock $N` },
  {
    pattern: /CT is locked \(([\w-]+)\)/,
    reason: "LOCKED",
    remedy: `another operation ($1) has it: ${wait}; if it was cut off: pct unlock $N`,
  },
  {
    pattern: /Configuration file '\S*?(\d+)\.conf' does not exist/,
    reason: "CONTAINER_MISSING",
    remedy: "pct list shows the containers of this node",
  },
  {
    pattern: /(?:CT|VM) \d+ already exists on node '(.+?)'/,
    reason: "CONTAINER_EXISTS",
    remedy: "choose another number, or remove what has it from node $1",
  },
  { pattern: /(?:container is running|CT \d+ already running)/, reason: "CONTAINER_RUNNING", remedy: "stop it first" },
  { pattern: /unable to hotplug (\w+)/, reason: "CONTAINER_RUNNING", remedy: "$1 can't be changed while it runs: stop it first" },
  {
    pattern: /Cannot do full clones on a running container/,
    reason: "CONTAINER_RUNNING",
    remedy: "stop the source first, or clone from a snapshot",
  },
  {
    pattern: /(?:CT|VM) \d+ not running|container '\d+' not running|to a running CT|from a running CT/,
    reason: "CONTAINER_NOT_RUNNING",
    remedy: "start it first",
  },
  {
    pattern: /container did not stop/,
    reason: "TIMEOUT",
    remedy: "it did not shut down in time and may still do so; phoenixctl stop $N --kill ends it at once",
  },
  { pattern: /snapshot name '(.+?)' already used/, reason: "SNAPSHOT_EXISTS", remedy: "delete $1 first, or choose another name" },
  {
    pattern: /btrfs subvolume (?:snapshot|delete) -- \S+@(\S+).*Could not statfs/,
    reason: "SNAPSHOT_MISSING",
    remedy: "Proxmox lists $1, and the storage has it no more: phoenixctl snapshot delete $N $1",
  },
  { pattern: /snapshot '(.+?)' does not exist/, reason: "SNAPSHOT_MISSING", remedy: "phoenixctl snapshot list $N" },
  {
    pattern: /can't rollback, '(.+?)' is not most recent snapshot on '(.+?)'/,
    reason: "SNAPSHOT_NOT_NEWEST",
    remedy: "delete the snapshots that are newer than $1 first, or use --delete-newer",
  },
  {
    pattern: /can't rollback, more recent snapshots exist/,
    reason: "SNAPSHOT_NOT_NEWEST",
    remedy: "delete the snapshots that are newer first, or use --delete-newer",
  },
  {
    pattern: /unable to rollback vm \d+: vm is running/,
    reason: "CONTAINER_RUNNING",
    remedy: "somebody has started it meanwhile, and its files are those of the snapshot already: stop it, then restore it again",
  },
  {
    pattern: /snapshot feature is not available/,
    reason: "SNAPSHOT_UNSUPPORTED",
    remedy: "move its volumes to ZFS, btrfs or LVM-thin; mount points of the host must not be in it",
  },
  {
    pattern: /cannot mount subvol snapshots for storage type '(\w+)'|[Ll]inked clone feature for '.+' is not available/,
    reason: "SNAPSHOT_UNSUPPORTED",
    remedy: "on this storage a clone can only be made of the current state of a stopped container",
  },
  {
    pattern: /unable to clone mountpoint '(\w+)'/,
    reason: "UNSUPPORTED",
    remedy: "a container with a bind mount can't be cloned: detach $1 from the source first",
  },
  {
    pattern: /you can't .+ if (?:it's|vm is) a template/,
    reason: "UNSUPPORTED",
    remedy: "it was made a template of Proxmox: clone it, and use the clone",
  },
  {
    pattern: /unable to modify read-only option: '(\w+)'/,
    reason: "UNSUPPORTED",
    remedy: "$1 can only be chosen when a container is made",
  },
  { pattern: /cannot resize subvolume/, reason: "UNSUPPORTED", remedy: "subvolumes of this storage have no size" },
  {
    pattern: /Device (\S+) does not exist/,
    reason: "DEVICE_MISSING",
    remedy: "is the driver of $1 loaded on the host? Else take the device out of the configuration",
  },
  {
    pattern:
      /No space left on device|not enough (?:free )?space|out of space|Insufficient free space|[Dd]isk quota exceeded|Thin pool .* (?:is full|exceeded)/i,
    reason: "NO_SPACE",
    remedy: "make room on the storage: old snapshots, unused volumes",
  },
  {
    pattern: /volume '(.+?)' does not exist|can't find file '(.+?)'|cannot open (?:archive|file) '?(\S+?)'?:/,
    reason: "INVALID",
    remedy: "is the template there? pveam list shows those of a storage",
  },
  {
    pattern: /storage '(.+?)' (?:does not exist|is disabled|is not available)|storage '(.+?)' does not support/,
    reason: "INVALID",
    remedy: "pvesm status shows the storages that can be used",
  },
  { pattern: /storage '(.+?)' is not online/, reason: "BACKEND_FAILED", remedy: "see to $1 first: pvesm status" },
  {
    pattern: /lvremove '(.+?)' error:.*Failed to find logical volume/,
    reason: "BACKEND_FAILED",
    remedy:
      "$1 is gone: a rollback was cut off in its middle. It is made again from its snapshot, whose volume lvs shows: lvcreate -kn -n NAME -s VG/snap_NAME_SNAPSHOT",
  },
  { pattern: /bridge '(.+?)' does not exist/, reason: "INVALID", remedy: "make $1 on the host, or mend network_config in the manifest" },
  { pattern: /script '(.+?)' does not exist/, reason: "INVALID", remedy: "put the hook script there, or take it out of the configuration" },
  {
    pattern: /unable to detect OS distribution/,
    reason: "INVALID",
    remedy: "Proxmox does not know the distribution of this template; use one that it knows",
  },
  {
    pattern: /Unknown option: ([^\s;]+)/,
    reason: "UNSUPPORTED",
    remedy: "the pct of this host does not know --$1: it came with a later version of Proxmox VE",
  },
  {
    pattern:
      /unable to use snapshot name|400 Parameter verification failed|400 (?:unable to parse option|not enough arguments|too many arguments)|ERROR: (?:unknown command|no command)|^missing command/m,
    reason: "INVALID",
    remedy: "",
  },
  { pattern: /invalid mode:|failed to get [ug]id for|failed to (?:open|create file)|no options specified/, reason: "INVALID", remedy: "" },
  { pattern: /hookscript error for \d+ on ([\w-]+)/, reason: "BACKEND_FAILED", remedy: "mend the hook script of the container" },
  {
    pattern: /startup for container '(\d+)' failed/,
    reason: "BACKEND_FAILED",
    remedy: "a mount of the host that is missing is the usual cause; pct start $N --debug says more",
    why: true,
  },
  {
    pattern: /got wrong lock|missing snapshot lock|lock has been removed/,
    reason: "BACKEND_FAILED",
    remedy: "somebody has unlocked the container while pct was at work on it; look at: pct config $N",
  },
  {
    pattern: /Permission denied|cluster not ready - no quorum/,
    reason: "BACKEND_FAILED",
    remedy: "does the cluster have a quorum? pvecm status",
  },
];

/** How much of the log of a task goes along, in characters: its end. */
const whyLength = 500;

/** What a failed pct said, as a Fault that holds it whole. A text that no row knows is BACKEND_FAILED. */
export function pctFault(ctid: Ctid, command: string, stderr: string, stdout: string): Fault {
  const said = essence(stderr) || essence(stdout) || "it failed, and said nothing";
  const found = rowFor(said);
  const why = found?.row.why === true ? essence(stdout).slice(-whyLength) : "";
  const message = `pct ${command}: ${said}${why === "" ? "" : `; before that: ${why}`}`;
  if (found === null) return new Fault("BACKEND_FAILED", message);
  return new Fault(
    found.row.reason,
    message,
    filled(found.row.remedy, found.groups, ctid),
    found.row.transient === true ? "transient" : "final",
  );
}

/** What became of a pct that a signal has ended, which nobody but the kernel or a hand can have sent. Its work may be done again. */
export function killedFault(command: string, signal: number): Fault {
  const remedy = "was it ended by hand, or for want of memory (journalctl -k)? It is tried again";
  return new Fault("BACKEND_FAILED", `pct ${command}: it was ended by signal ${signal}`, remedy, "transient");
}

/** Whether a row of the table fits; for the tests, which print what falls through. */
export function isKnown(stderr: string): boolean {
  return rowFor(essence(stderr)) !== null;
}

/** What matters of an output: without the chatter about locks, warnings about other lines of N.conf, and usage lines. */
export function essence(output: string): string {
  const chatter = /^(?:trying to acquire lock\.\.\.| OK|vm \d+ - unable to parse .*|(?:USAGE: |\s*)(?:pct|pvesh) [\w-]+ <.*|\s*)$/;
  return output
    .split(/\r?\n/)
    .filter((line) => !chatter.test(line))
    .map((line) => line.trim())
    .join("; ");
}

function rowFor(said: string): { readonly row: Row; readonly groups: readonly string[] } | null {
  for (const row of rows) {
    const match = row.pattern.exec(said);
    if (match !== null) return { row, groups: match.slice(1).filter((group) => group !== undefined) };
  }
  return null;
}

function filled(remedy: string, groups: readonly string[], ctid: Ctid): string {
  return remedy.replaceAll("$1", groups[0] ?? "it").replaceAll("$N", String(ctid));
}
