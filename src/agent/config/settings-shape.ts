import * as z from "zod";
import { ctids } from "./container-shape.ts";
import { splitAddress } from "./listen.ts";
import { scheduleFields, schedules } from "./schedule-shape.ts";
import { snapshotSchedule } from "./snapshot-schedule.ts";
import { list, listed, oneOf, text, whole, yesNo } from "./shape.ts";

const path = () => text("a path");

/** A group of settings. Every one in it has a default, so that the group may be empty, or missing. */
function group<S extends z.core.$ZodLooseShape>(settings: S) {
  const names = listed(Object.keys(settings), "and");
  const error: z.core.$ZodErrorMap = (issue) =>
    `expected ${issue.code === "unrecognized_keys" ? `one of the settings ${names}` : `the settings ${names}`}`;
  return z.preprocess((value) => value ?? {}, z.strictObject(settings, { error }));
}

const ctid = () => whole(ctids.min, ctids.max);
const anHour = 60 * 60;

/** A schedule that stops containers with a GPU: which ones, by exactly one of containers and gpu. */
const gpuSchedule = z
  .strictObject(
    {
      ...scheduleFields(anHour),
      containers: z.union([list(ctid(), "ids"), z.literal("all")], { error: 'expected a list of ids, or "all"' }).optional(),
      gpu: whole(0, 1000).optional(),
      except: list(ctid(), "ids").default([]),
      grace_s: whole(1, 24 * anHour).optional(),
      only_idle: yesNo().default(false),
    },
    { error: "expected a schedule of name, cron, time_zone, catch_up_s, containers or gpu, except, grace_s and only_idle" },
  )
  .refine(({ containers, gpu }) => (containers === undefined) !== (gpu === undefined), {
    error: "expected either containers or gpu",
  });

function isReceiver(value: string): boolean {
  const url = URL.parse(value);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
}

/** agent.yaml, with a default for everything but the driver. A setting that nothing uses yet is not in here. */
export const settingsShape = group({
  driver: oneOf(["proxmox", "lxc", "sim"]),
  socket: path().default("/run/phoenix/agent.sock"),
  listen: text("an IP address and a port, for example 0.0.0.0:7443", (value) => splitAddress(value) !== null).optional(),
  state_dir: path().default("/var/lib/phoenix"),
  manifest: path().default("/usr/local/phoenix_hypervisor/etc/phoenix_lxc_configs.json"),
  scripts: path().default("/usr/local/phoenix_hypervisor/bin"),
  features: path().default("/usr/local/phoenix_hypervisor/bin/lxc_setup"),
  lxc: group({ path: path().optional() }),
  proxmox: group({
    pct: path().default("/usr/sbin/pct"),
    zfs: path().default("/usr/sbin/zfs"),
    config_dir: path().default("/etc/pve/lxc"),
    lock_dir: path().default("/run/lock/lxc"),
    lxc_path: path().default("/var/lib/lxc"),
    storage_cfg: path().default("/etc/pve/storage.cfg"),
    ha_resources: path().default("/etc/pve/ha/resources.cfg"),
    qemu_config_dir: path().default("/etc/pve/qemu-server"),
    qemu_pid_dir: path().default("/run/qemu-server"),
    dpkg_status: path().default("/var/lib/dpkg/status"),
    version: text('a version of Proxmox in quotes, such as "9.1.2"', (value) => /^\d+(\.\d+){0,3}$/.test(value)).default(""),
    warm: yesNo().default(true),
    perl_lib: list(path(), "folders").default([]),
  }),
  runs: group({ max_parallel: whole(1, 64).default(4), keep_days: whole(1, 3650).default(30) }),
  audit: group({ keep_days: whole(30, 36_500).default(400) }),
  boot: group({
    owner: oneOf(["proxmox", "agent"]).optional(),
    default_from_ctid: whole(ctids.min, ctids.max).default(950),
    max_parallel: whole(1, 64).default(4),
    id_file: path().default("/proc/sys/kernel/random/boot_id"),
  }),
  gpu: group({
    nvidia_smi: path().default("nvidia-smi"),
    timeout_s: whole(1, 300).default(10),
    sample_s: whole(1, 600).default(15),
    idle_below_percent: whole(1, 100).default(5),
    idle_after_min: whole(1, 24 * 60).default(10),
    stop_idle_after_min: whole(1, 30 * 24 * 60).optional(),
    memory_back_s: whole(1, 3600).default(30),
    schedules: schedules(gpuSchedule).default([]),
  }),
  snapshots: group({ schedules: schedules(snapshotSchedule).default([]) }),
  sim: group({
    state: path().optional(),
    faults: path().optional(),
    log: path().optional(),
    latency_ms: whole(0, 600_000).default(0),
    pools: z.record(z.string(), oneOf(["any", "newest", "none"]), { error: "expected what snapshots can do in each pool" }).default({}),
    atomic_replace: yesNo().default(true),
    unknown_commands: oneOf(["fail", "succeed"]).default("fail"),
  }),
  notify: group({
    url: text("a URL that begins with http:// or https://, without a user", isReceiver).optional(),
    secret_file: path().optional(),
    results: list(oneOf(["failed", "cancelled", "skipped", "succeeded"]), "results of runs").default(["failed"]),
    timeout_s: whole(1, 300).default(10),
  }),
  metrics: group({
    listen: text("an IP address and a port, for example 127.0.0.1:9464", (value) => splitAddress(value) !== null).optional(),
  }),
  log: group({ level: oneOf(["trace", "debug", "info", "warn", "error"]).default("info") }),
});
