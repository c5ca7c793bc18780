import { join } from "node:path";

/** What can be seen of a host before there are settings. Paths are those that exist. */
export interface HostFacts {
  readonly pct: string | null;
  /** /etc/pve/lxc, which the cluster file system provides once Proxmox is up. */
  readonly pve: string | null;
  readonly lxcStart: string | null;
  /** phoenix_lxc_configs.json, in the layout of phoenix_orchestrator.sh. */
  readonly manifest: string | null;
  readonly scripts: string | null;
  readonly features: string | null;
  /** Where systemd tells that it runs, as its own sd_booted() asks. */
  readonly systemd: string | null;
}

/** Settings for a host, what its owner should know about them, and do next; or why there are none. */
export type Proposal =
  | { readonly driver: "proxmox" | "lxc"; readonly yaml: string; readonly notes: readonly string[]; readonly next: readonly string[] }
  | { readonly driver: null; readonly why: string; readonly remedy: string };

/** Where phoenix_orchestrator.sh and what belongs to it live. */
export const usersFolder = "/usr/local/phoenix_hypervisor";

const bySystemd = ["next: phoenix-agent check && systemctl start phoenix-agent"];
const byHand = [
  "next: phoenix-agent check && phoenix-agent serve",
  "No systemd runs here: the agent serves until it is told to end, and whatever starts services on this host has to start it.",
];

/** Proposes settings. Never a simulation: that has to be written by hand. */
export function propose(facts: HostFacts): Proposal {
  const driver = facts.pct !== null ? "proxmox" : facts.lxcStart !== null ? "lxc" : null;
  if (driver === null) {
    return {
      driver: null,
      why: "there is neither pct (Proxmox) nor lxc-start (LXC) on this host",
      remedy: "Install one of them: apt-get install lxc btrfs-progs",
    };
  }
  const files = [
    { key: "manifest", found: facts.manifest, usual: join(usersFolder, "etc/phoenix_lxc_configs.json") },
    { key: "scripts", found: facts.scripts, usual: join(usersFolder, "bin") },
    { key: "features", found: facts.features, usual: join(usersFolder, "bin/lxc_setup") },
  ];
  const notes = [
    ...(driver === "proxmox" && facts.pve === null
      ? ["/etc/pve/lxc is not there: Proxmox's cluster file system is not up (systemctl status pve-cluster)"]
      : []),
    ...(driver === "lxc" ? ["containers are kept in /var/lib/phoenix/lxc; snapshots are instant there if it is on btrfs"] : []),
    ...files.flatMap(({ key, found, usual }) =>
      found === null
        ? [`${key}: ${usual} is not there yet; ${key === "manifest" ? "write it" : "make that folder"}, or change ${key}`]
        : [],
    ),
  ];
  const lines = [
    "# The settings of the agent of this host. All that there are: man phoenix-agent, or",
    "# /usr/share/doc/phoenix-agent/examples/agent.yaml",
    `driver: ${driver} # ${driver === "proxmox" ? `by ${facts.pct}` : `by ${facts.lxcStart}`}`,
    ...files.map(({ key, found, usual }) => `${key}: ${found ?? usual}`),
  ];
  return { driver, yaml: `${lines.join("\n")}\n`, notes, next: facts.systemd === null ? byHand : bySystemd };
}
