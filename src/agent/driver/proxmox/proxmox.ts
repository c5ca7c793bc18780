import { join } from "node:path";
import type { Ctid } from "../../domain/container.ts";
import type { Log } from "../../domain/log.ts";
import type { Driver } from "../driver.ts";
import { exec } from "../inside/exec.ts";
import { runOnHost } from "../inside/host-script.ts";
import type { Inside } from "../inside/inside.ts";
import { runInside } from "../inside/script.ts";
import { attach } from "./attach.ts";
import { configure } from "./configure.ts";
import { create, destroy } from "./create.ts";
import type { Host } from "./host.ts";
import { diff } from "./diff.ts";
import { endLeftovers } from "./leftovers.ts";
import { observe } from "./observe.ts";
import { plainPct } from "./pct.ts";
import { start, stop } from "./power.ts";
import { existing } from "./ready.ts";
import { deleteSnapshot, restore } from "./restore.ts";
import type { ProxmoxSettings } from "./settings.ts";
import { sizes } from "./sizes.ts";
import { snapshot } from "./snapshot.ts";
import { warmPct } from "./warm/warm.ts";

/**
 * Proxmox VE, by its `pct` (facts/proxmox.md). In a cluster: this node's containers only. State, configuration and snapshots are read from files and
 * sockets, commands inside go by lxc-attach; everything else is a pct call, as few as can be. What has to survive a crash of ours lies in
 * `<state_dir>/proxmox`: mount points that are out of N.conf for a moment, and the pct call that is under way.
 */
export function proxmoxDriver(settings: ProxmoxSettings, deps: { readonly state_dir: string; readonly log: Log }): Driver {
  const state_dir = join(deps.state_dir, "proxmox");
  const lxc = { path: settings.lxc_path };
  const plain = plainPct(settings);
  const host: Host = { settings, state_dir, lxc, pct: settings.warm ? warmPct(settings, plain, deps.log).pct : plain, log: deps.log };
  const inside: Inside = { ...lxc, scripts: join(state_dir, "scripts"), exists: (ctid: Ctid) => existing(host, ctid) };
  return {
    platform: "proxmox",
    // Names of snapshots can't be changed. Of the rest, pct applies these to a running container; others wait for its next start.
    capabilities: {
      atomic_replace: false,
      live_settings: ["memory_mb", "swap_mb", "cores", "network", "disk_gb", "onboot", "startup"],
      live_attach: false,
    },
    observe: () => observe(host),
    create: (ctid, action, call) => create(host, ctid, action, call),
    destroy: (ctid, call) => destroy(host, ctid, call),
    configure: (ctid, wanted, call) => configure(host, ctid, wanted, call),
    attach: (ctid, action, call) => attach(host, ctid, action, call),
    start: (ctid, call) => start(host, ctid, call),
    stop: (ctid, how, call) => stop(host, ctid, how, call),
    snapshot: (ctid, action, call) => snapshot(host, ctid, action, call),
    restore: (ctid, name, call) => restore(host, ctid, name, call),
    deleteSnapshot: (ctid, name, call) => deleteSnapshot(host, ctid, name, call),
    sizes: (ctid, signal) => sizes(host, ctid, signal),
    diff: (ctid, from, to, take, signal) => diff(host, ctid, from, to, take, signal),
    exec: (ctid, command, call) => exec(inside, ctid, command, call),
    runInside: (ctid, script, command, call) => runInside(inside, ctid, script, command, call),
    runOnHost: (ctid, file, command, call) => runOnHost(inside, ctid, file, command, call),
    endLeftovers: (ctid, run) => endLeftovers(host, inside, ctid, run),
  };
}
