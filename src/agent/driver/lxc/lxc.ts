import type { Driver } from "../driver.ts";
import type { Inside } from "../inside/inside.ts";
import { attach, configure } from "./configure.ts";
import { existing } from "./container.ts";
import { create, destroy } from "./create.ts";
import { exec } from "../inside/exec.ts";
import { runOnHost } from "../inside/host-script.ts";
import { diff } from "./diff.ts";
import { endLeftovers } from "./leftovers.ts";
import { observe } from "./observe.ts";
import { poolAt } from "./paths.ts";
import { sizes } from "./sizes.ts";
import { start, stop } from "./power.ts";
import { runInside } from "../inside/script.ts";
import { deleteSnapshot, restore, snapshot } from "./snapshot.ts";

/**
 * Plain LXC, as root, in a folder of its own: containers on a host without Proxmox (facts/lxc.md).
 * - `path`: absolute. On btrfs snapshots are subvolumes, on other file systems containers are layers over their template.
 * - `templates_base`: where relative paths of templates begin, the manifest's folder.
 * - Each container is a folder `<path>/<ctid>`: `config`, which LXC reads and anybody may add lines to; `live`, `snaps` and `snapshots.json`;
 *   `volumes`. A file `locked` in it locks the container: its text is the reason.
 * - Settings and mounts take effect at the next start. Sizes of disks and volumes are not enforced, nor is `unprivileged`.
 * Fault INVALID when `path` can't be used.
 */
export function lxcDriver(settings: { readonly path: string }, deps: { readonly templates_base: string }): Driver {
  const pool = poolAt(settings.path);
  const inside: Inside = { ...pool, exists: (ctid) => existing(pool, ctid) };
  return {
    platform: "lxc",
    capabilities: { atomic_replace: true, live_settings: [], live_attach: false },
    observe: () => observe(pool),
    create: (ctid, action, call) => create(pool, deps.templates_base, ctid, action, call),
    destroy: (ctid, call) => destroy(pool, ctid, call),
    configure: (ctid, wanted, call) => configure(pool, ctid, wanted, call),
    attach: (ctid, action, call) => attach(pool, ctid, action, call),
    start: (ctid, call) => start(pool, ctid, call),
    stop: (ctid, how, call) => stop(pool, ctid, how, call),
    snapshot: (ctid, action, call) => snapshot(pool, ctid, action, call),
    restore: (ctid, name, call) => restore(pool, ctid, name, call),
    deleteSnapshot: (ctid, name, call) => deleteSnapshot(pool, ctid, name, call),
    sizes: (ctid, signal) => sizes(pool, ctid, signal),
    diff: (ctid, from, to, take, signal) => diff(pool, ctid, from, to, take, signal),
    exec: (ctid, command, call) => exec(inside, ctid, command, call),
    runInside: (ctid, script, command, call) => runInside(inside, ctid, script, command, call),
    runOnHost: (ctid, file, command, call) => runOnHost(inside, ctid, file, command, call),
    endLeftovers: (ctid, run) => endLeftovers(pool, ctid, run),
  };
}
