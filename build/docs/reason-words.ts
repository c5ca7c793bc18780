import type { Reason } from "../../src/agent/domain/errors.ts";

/** For each reason what it means, and what to do where the error itself knows nothing better. A reason without words does not compile. */
export const reasonWords: Readonly<Record<Reason, { readonly means: string; readonly todo: string }>> = {
  BACKEND_FAILED: {
    means: "The platform said something that Phoenix has no name for. It is passed on whole.",
    todo: "Read the message, then the rest: `phoenixctl run logs RUN`.",
  },
  BUSY: {
    means: "Another run has the container.",
    todo: "`phoenixctl run watch RUN`; or the same command with `--wait`, which queues behind it.",
  },
  CANCELLED: { means: "Somebody asked for it.", todo: "Nothing. The end of the run says in what state the container is." },
  CONTAINER_EXISTS: {
    means: "There is a container of that number already, here or elsewhere in the cluster.",
    todo: "Take another number; or destroy that container yourself, which Phoenix never does.",
  },
  CONTAINER_MISSING: {
    means: "The container is not on the host.",
    todo: "`phoenixctl orchestrate CTID` makes what the manifest has; `phoenixctl ps` lists what is there.",
  },
  CONTAINER_NOT_RUNNING: { means: "It would have to run for this.", todo: "`phoenixctl start CTID`" },
  CONTAINER_RUNNING: { means: "It would have to be stopped for this, for a mount for example.", todo: "`phoenixctl stop CTID`" },
  CONFIG_LOCK_TIMEOUT: {
    means: "Proxmox's own short lock on the container's configuration was held for too long. A run tries again by itself.",
    todo: "See who holds it: `fuser -v /run/lock/lxc/pve-config-CTID.lock` on the host.",
  },
  DENIED: {
    means: "Your role on that host does not allow it.",
    todo: "Ask whoever owns the host for a token of the role that the message names. Who may do what: [security](../security.md).",
  },
  DEPENDENCY: {
    means: "Something that it depends on was refused, has failed or can't be started.",
    todo: "See to that one first. The message names it.",
  },
  DEVICE_MISSING: {
    means: "A device of its configuration, mostly a GPU, is not on the host.",
    todo: "On the host: `nvidia-smi`, and `ls /dev/nvidia*`. Then look at `gpu_assignment` in the manifest.",
  },
  EXIT_CODE: {
    means: "A script or a command ended with another code than 0.",
    todo: "`phoenixctl run logs RUN` has all that it printed; `phoenixctl letsgo CTID --on-failure keep` leaves the container as the failure left it.",
  },
  IN_USE: {
    means: "It was to be stopped only if idle, and somebody computes in it.",
    todo: "Wait; or `phoenixctl gpu shutdown CTID`, which stops it all the same.",
  },
  INVALID: {
    means: "An argument, a setting or an entry of the manifest can't be meant.",
    todo: "The message says where, and what was expected.",
  },
  LEASED: {
    means: "Somebody was promised that the container is not stopped.",
    todo: "Ask the holder, or wait for the end of the lease, which `phoenixctl ps` shows. `--force` does it all the same.",
  },
  LOCKED: {
    means: "The platform has locked it: a backup, a migration, a rollback that was cut off.",
    todo: "Wait. If what held it is gone for good, on the host: `pct unlock CTID`.",
  },
  MANIFEST: {
    means: "The manifest has an error that concerns this container. Others are not concerned.",
    todo: "`phoenix-agent check` on the host prints it with its line.",
  },
  NOT_FOUND: {
    means: "There is no such run, version, schedule, lease or token.",
    todo: "`phoenixctl run list`, `phoenixctl config history`, `phoenixctl gpu schedule list`",
  },
  NOT_IN_MANIFEST: {
    means: "The manifest does not have the container, so nothing says what it should be.",
    todo: "Add it. Without that it can be started, stopped, snapshotted and restored, and not provisioned.",
  },
  NOT_TRUSTED: {
    means: "The agent got no certificate of yours, or one that is not good any more; or the token is not.",
    todo: "On the host: `phoenix-agent token create --role operator`. Then `phoenixctl host add NAME TOKEN`.",
  },
  NOT_READY: {
    means: "It was started, and was not ready in time.",
    todo: "Look inside: `phoenixctl exec CTID -- systemctl --failed`. If it is up at another time than its init, say in the manifest how that is known: `ready`.",
  },
  NO_GPU_MEMORY: {
    means: "Others have the GPU memory that it needs (`gpu_memory_mb`).",
    todo: "`phoenixctl gpu list` shows who. `phoenixctl start CTID --make-room` stops what is idle.",
  },
  NO_SPACE: {
    means: "A storage, or a file system of the host, is full.",
    todo: "`phoenixctl doctor` says which. Old snapshots are the usual reason.",
  },
  PROTECTED: {
    means: "The snapshot was protected, and would be deleted or replaced.",
    todo: "`phoenixctl snapshot unprotect CTID NAME`",
  },
  ROTATING: {
    means: "An earlier rotation of the authority has not ended: workstations that know only the authority before it are still let in.",
    todo: "Wait until the date that the message names; `phoenixctl trust rotate --distrust` if somebody else may have a key.",
  },
  SCRIPT_MISSING: {
    means: "A script that the manifest names is not in its folder.",
    todo: "Put it there. `phoenix-agent check` lists all that are missing.",
  },
  SHUTTING_DOWN: {
    means: "The agent is ending, and takes nothing new.",
    todo: "Try again when it is back: `systemctl status phoenix-agent`.",
  },
  SNAPSHOT_EXISTS: {
    means: "There is a snapshot of that name.",
    todo: "Take another name; or `phoenixctl snapshot delete CTID NAME`.",
  },
  SNAPSHOT_MISSING: {
    means: "There is no snapshot of that name.",
    todo: "`phoenixctl snapshot list CTID`. `pre-configured` is made by `phoenixctl orchestrate CTID`.",
  },
  SNAPSHOT_NOT_NEWEST: {
    means: "The storage, ZFS mostly, can only go back to its newest snapshot.",
    todo: "Delete the newer ones, which the message names; `phoenixctl letsgo CTID --delete-newer` does it as a part of the run.",
  },
  SNAPSHOT_UNSUPPORTED: {
    means: "The storage can't make snapshots.",
    todo: "Move the root file system to ZFS, btrfs, LVM-thin or Ceph, with the container stopped: `pct move-volume CTID rootfs STORAGE`.",
  },
  STATE_CHANGED: {
    means: "Somebody else has changed the same thing meanwhile.",
    todo: "Look at what there is now, then begin again.",
  },
  STORE: {
    means: "The agent's own database could not be read or written.",
    todo: "`journalctl -u phoenix-agent -n 50`; then space and owner of `/var/lib/phoenix`.",
  },
  TIMEOUT: {
    means: "Something took longer than it may.",
    todo: "`phoenixctl run logs RUN`. A script may take `timeout_s` of the manifest, a shutdown `shutdown_timeout_s`.",
  },
  TOO_MANY: { means: "One client makes more calls than it may.", todo: "Make fewer; `--wait` and `run watch` need no polling." },
  UNHEALTHY: {
    means: "The health check said no, as often as it was asked.",
    todo: "Run it yourself: `phoenixctl exec CTID -- COMMAND`. One that needs longer gets more `retries` in the manifest.",
  },
  UNSUPPORTED: { means: "The platform, or a program of the host that is missing, can't do it.", todo: "The message says what is missing." },
};
