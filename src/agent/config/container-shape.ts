import * as z from "zod";
import {
  isAddress,
  isCidr,
  isCleanPath,
  isFeatureName,
  isFileName,
  isHostname,
  isInterfaceName,
  isMac,
  isPoolName,
  isVolumeName,
} from "./names.ts";
import { command, list, oneOf, text, that, whole, yesNo } from "./shape.ts";

export const ctids = { min: 100, max: 999_999_999 };
const days = 24 * 60 * 60;

const id = whole(ctids.min, ctids.max);
const fileName = text("a plain file name, without folders", isFileName);
const path = (what: string) => text(`${what}: an absolute path without "..", "//" or commas`, isCleanPath);
const pool = text("the name of a storage pool", isPoolName);

const network = z.looseObject(
  {
    name: text("the name of an interface, such as eth0", isInterfaceName).default("eth0"),
    bridge: text("the name of a bridge, such as vmbr0", isInterfaceName),
    ip: text('an address with its network, such as 10.0.0.2/24, or "dhcp"', (value) => value === "dhcp" || isCidr(value)).optional(),
    gw: text("the address of a gateway, such as 10.0.0.1", isAddress).optional(),
    nameservers: list(text("the address of a name server", isAddress), "addresses of name servers").default([]),
  },
  { error: "expected an object with bridge, ip and gw" },
);

const volume = z.looseObject(
  {
    name: text("a name of letters, digits, ., _ and -", isVolumeName),
    pool: pool.default(""),
    size_gb: whole(1, 1_000_000),
    mount_point: path("where it is mounted in the container"),
    snapshot: yesNo().default(false),
  },
  { error: "expected an object with name, pool, size_gb and mount_point" },
);

const mount = z.looseObject(
  {
    host_path: path("a folder of the host"),
    container_path: path("where it is mounted in the container"),
    owner_uid: whole(0, 4_294_967_294).optional(),
    owner_gid: whole(0, 4_294_967_294).optional(),
  },
  { error: "expected an object with host_path and container_path" },
);

const health = z.looseObject(
  {
    command: command(),
    retries: whole(1, 10_000).default(3),
    interval: whole(0, days).default(5),
  },
  { error: "expected an object with command, retries and interval" },
);

/** A container as the manifest has it, once what is merely sloppy in it has been straightened (straighten.ts). Unknown keys are kept. */
export const containerShape = z.looseObject(
  {
    name: text("a name that can be a host name: letters, digits, - and .", isHostname),
    memory_mb: whole(16, 1_000_000_000).optional(),
    swap_mb: whole(0, 1_000_000_000).optional(),
    cores: whole(1, 8192).optional(),
    storage_pool: pool.default(""),
    storage_size_gb: whole(1, 1_000_000).optional(),
    unprivileged: yesNo().default(true),
    network_config: network.optional(),
    mac_address: text("a hardware address such as 52:54:00:AA:BB:CC, the second digit even", isMac).optional(),
    template: text("the path of a template").optional(),
    clone_from_ctid: id.optional(),
    template_snapshot_name: text("the name of a snapshot").optional(),
    gpu_assignment: that<readonly number[]>('"none" or GPU indexes such as "0,1"', Array.isArray).optional(),
    features: list(text("the name of a feature: letters, digits, ., _ and -", isFeatureName), "features").default([]),
    application_script: fileName.optional(),
    application_files: list(fileName, "file names").default([]),
    timeout_s: whole(1, 7 * days).default(30 * 60),
    on_failure: oneOf(["restore", "keep"]).default("restore"),
    ready: command().optional(),
    start_at_boot: yesNo().optional(),
    boot_order: whole(0, 1_000_000).optional(),
    boot_delay: whole(0, days).default(0),
    dependencies: list(id, "ids").default([]),
    health_check: health.optional(),
    volumes: list(volume, "volumes").default([]),
    zfs_volumes: list(volume, "volumes").default([]),
    mount_points: list(mount, "mounts").default([]),
    pct_options: list(
      text("an option such as nesting=1", (value) => /^[a-z][a-z0-9_-]*=[^\s,=]+$/.test(value)),
      "options",
    ).default([]),
    lxc_options: list(
      text("a line such as lxc.apparmor.profile=unconfined", (value) => /^lxc\.[a-z0-9_.-]+=\S/i.test(value)),
      "options",
    ).default([]),
    shutdown_timeout_s: whole(1, days).default(60),
    power: oneOf(["on", "off", "auto"]).default("auto"),
    gpu_memory_mb: whole(1, 10_000_000).optional(),
  },
  { error: "expected an object" },
);

export type ContainerShape = z.output<typeof containerShape>;
