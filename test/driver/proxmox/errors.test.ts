import { describe, expect, test } from "@jest/globals";
import { essence, isKnown, pctFault } from "../../../src/agent/driver/proxmox/errors.ts";
import { records } from "../../support/pct/replay/records.ts";
import { recordedErrors } from "./recorded.ts";

/** Recorded texts that have no name of their own: they are passed on whole. */
const unnamed = [
  /qemu-img .* failed/,
  /lxc-checkpoint .* failed/,
  /no lock found trying to remove any lock/,
  /got unexpected control message/,
  /mount -o ro -t zfs .* failed/,
];

describe("the error texts of pct", () => {
  test("there are some", () => expect(recordedErrors.length).toBeGreaterThan(60));

  test("every recorded one has a reason, or is known to be passed on", () => {
    const through = recordedErrors.filter(({ stderr }) => !isKnown(stderr) && !unnamed.some((pattern) => pattern.test(stderr)));
    expect(through).toEqual([]);
  });

  test.each(recordedErrors)("$call: is passed on whole", ({ stderr }) => {
    const { failure } = pctFault(101, "x", stderr, "");
    expect(failure.message).toContain(essence(stderr));
    expect(failure.remedy).not.toMatch(/\$[1N]/);
    if (isKnown(stderr)) expect(failure.reason === "INVALID" || failure.remedy !== "").toBe(true);
  });

  test.each([
    ["CT is locked (backup)", "LOCKED", "pct unlock 950"],
    ["CT is locked (snapshot-delete)", "LOCKED", "snapshot-delete"],
    ["trying to acquire lock...\n OK\nsnapshot 'p1' does not exist", "SNAPSHOT_MISSING", "snapshot list 950"],
    [
      "can't rollback, 'pre-configured' is not most recent snapshot on 'zp:subvol-104-disk-0'",
      "SNAPSHOT_NOT_NEWEST",
      "newer than pre-configured",
    ],
    ["Device /dev/nvidia0 does not exist", "DEVICE_MISSING", "/dev/nvidia0"],
    ["Configuration file 'nodes/vm/lxc/555.conf' does not exist", "CONTAINER_MISSING", "pct list"],
    ["snapshot feature is not available", "SNAPSHOT_UNSUPPORTED", "btrfs"],
    ["unable to create CT 100 - volume 'local:vztmpl/nope.tar.zst' does not exist", "INVALID", "pveam list"],
    ["write error: No space left on device", "NO_SPACE", "make room"],
    ["VM 950 already exists on node 'vm'", "CONTAINER_EXISTS", "another number"],
    ["you can't start a CT if it's a template", "UNSUPPORTED", "clone it"],
    ["you can't rollback if vm is a template", "UNSUPPORTED", "clone it"],
    ["can't rollback, more recent snapshots exist", "SNAPSHOT_NOT_NEWEST", "--delete-newer"],
    ["unable to rollback vm 950: vm is running", "CONTAINER_RUNNING", "stop it"],
    ["got wrong lock", "BACKEND_FAILED", "pct config 950"],
    ["storage 'nfs' is not online", "BACKEND_FAILED", "nfs"],
    [
      `lvremove 'pve/vm-950-disk-0' error:   Failed to find logical volume "pve/vm-950-disk-0"`,
      "BACKEND_FAILED",
      "pve/vm-950-disk-0 is gone",
    ],
    ["Unknown option: dev0\n400 unable to parse option\npct set <vmid> [OPTIONS]\n", "UNSUPPORTED", "know --dev0:"],
    [
      "command 'btrfs subvolume snapshot -- /b/subvol-950-disk-0.subvol@lost /b/subvol.tmp.7893' failed: ERROR: Could not statfs: No such file or directory",
      "SNAPSHOT_MISSING",
      "snapshot delete 950 lost",
    ],
    ["something new", "BACKEND_FAILED", ""],
  ])("%s", (stderr, reason, remedy) => {
    const { failure } = pctFault(950, "x", stderr, "");
    expect(failure).toMatchObject({ reason, transient: false });
    expect(failure.remedy).toContain(remedy);
  });

  test.each([
    "can't lock file '/run/lock/lxc/pve-config-101.lock' - got timeout",
    "can't lock file '/var/lock/pve-manager/pve-migrate-101' - got timeout",
    "Failed to obtain guest migration lock - replication running?",
    "detected modified configuration - file changed by other user? Try again.",
  ])("%s: may be gone a little later", (stderr) => {
    expect(pctFault(101, "x", stderr, "").failure).toMatchObject({ reason: "CONFIG_LOCK_TIMEOUT", transient: true });
  });

  test("why a start failed is on stdout, before", () => {
    const { stdout = "", stderr = "" } = records[243] ?? {};
    expect(pctFault(101, "start 101", stderr, stdout).failure.message).toBe(
      "pct start 101: startup for container '101' failed; before that: run_buffer: 322 Script exited with status 2; " +
        'lxc_init: 844 Failed to run lxc.hook.pre-start for container "101"; __lxc_start: 2027 Failed to initialize container "101"',
    );
  });

  test("what was said on stdout counts when stderr says nothing", () => {
    expect(pctFault(101, "x", "", "CT is locked (disk)").failure.reason).toBe("LOCKED");
    expect(pctFault(101, "x", " \n", "").failure).toMatchObject({
      reason: "BACKEND_FAILED",
      message: "pct x: it failed, and said nothing",
    });
  });
});
