/** Where things are on a Proxmox host, and how pct is used; `proxmox` in agent.yaml. */
export interface ProxmoxSettings {
  readonly pct: string;
  /** ZFS's own tool, for what pct can't tell. */
  readonly zfs: string;
  /** The containers of this node: in a cluster, other nodes' are elsewhere, and nothing is done to them. */
  readonly config_dir: string;
  readonly lock_dir: string;
  readonly lxc_path: string;
  readonly storage_cfg: string;
  /** What the HA manager looks after. */
  readonly ha_resources: string;
  readonly qemu_config_dir: string;
  readonly qemu_pid_dir: string;
  /** dpkg's list of packages, which tells the version of Proxmox. */
  readonly dpkg_status: string;
  /** The version of Proxmox; "" for what dpkg_status says. */
  readonly version: string;
  /** Keep a process with pct's modules loaded, which saves 0.6 s a call. */
  readonly warm: boolean;
  /** Further folders of Perl modules, for a host where Proxmox's are not in the usual place. */
  readonly perl_lib: readonly string[];
}
