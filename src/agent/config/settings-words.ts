/** What each setting means, by its path: for the reference and the example. A setting without words fails test/config/setup. */
export const settingWords: Readonly<Record<string, string>> = {
  driver:
    "What executes on the container platform: proxmox (the host's pct), lxc (plain LXC with a pool of its own), or sim (simulated; every output says so). Has no default.",
  socket: "The unix socket that the agent serves, for root alone.",
  listen:
    "An IP address and a port, such as 0.0.0.0:7443, where workstations reach this host by mutual TLS. Without it nothing listens on the network.",
  state_dir: "Where the database is, and a pool of the lxc driver unless lxc.path says otherwise. For root alone.",
  manifest: "The file that says which containers there are, and what they should be.",
  scripts: "The folder with application scripts, and with what is pushed along with them.",
  features: "The folder with feature scripts: NAME.sh runs inside a container, phoenix_hypervisor_feature_install_NAME.sh on the host.",
  "lxc.path":
    "Driver lxc: the pool, a folder on btrfs (instant snapshots) or on anything else that overlay works on. state_dir/lxc if not set.",
  "proxmox.pct": "Driver proxmox: the program.",
  "proxmox.zfs": "The program zfs, for storages on it.",
  "proxmox.config_dir": "Where Proxmox keeps the containers' configurations.",
  "proxmox.lock_dir": "Where pct keeps its locks.",
  "proxmox.lxc_path": "Where LXC keeps what runs.",
  "proxmox.storage_cfg": "Which storages there are.",
  "proxmox.ha_resources": "The containers and virtual machines that the HA manager looks after: it is waited for when they start and stop.",
  "proxmox.qemu_config_dir": "The virtual machines that containers may depend on.",
  "proxmox.qemu_pid_dir": "Which of those run.",
  "proxmox.dpkg_status": "Where it is read which version of Proxmox is installed.",
  "proxmox.version": 'The version of Proxmox in quotes, such as "9.1.2", where it can\'t be read there.',
  "proxmox.warm": "Keep one pct process loaded and let it fork, which is much faster than starting each anew.",
  "proxmox.perl_lib": "Further folders where pct's Perl modules are.",
  "runs.max_parallel": "How many runs are under way at a time. Boots have room of their own.",
  "runs.keep_days": "Days after which finished runs, their output and events are deleted.",
  "audit.keep_days": "Days after which entries of the audit are deleted.",
  "boot.owner":
    "Who starts containers after a boot of the host, until phoenixctl boot owner says otherwise: proxmox (by its own start at boot, which boot apply sets) or agent. proxmox with the driver of that name, agent with all others.",
  "boot.default_from_ctid": "Containers from this CTID on start at boot when the manifest does not say.",
  "boot.max_parallel": "How many containers may be starting at a time in a boot.",
  "boot.id_file": "Where it is read whether the host has booted since.",
  "gpu.nvidia_smi": "The program nvidia-smi, by its path, or by a name that is looked for in PATH.",
  "gpu.timeout_s": "Seconds after which an nvidia-smi that does not answer is given up.",
  "gpu.sample_s": "Seconds between two looks at the GPUs.",
  "gpu.idle_below_percent": "A container whose GPUs are busy for less than this is idle.",
  "gpu.idle_after_min": "Minutes of that after which it is told to be idle.",
  "gpu.stop_idle_after_min": "Minutes of that after which it is stopped. Without it nothing is stopped for being idle.",
  "gpu.memory_back_s": "Seconds in which the memory of a GPU has to come back after a stop.",
  "gpu.schedules":
    "Stops of containers with a GPU on a schedule. Each has name, cron, time_zone, catch_up_s (3600), containers (ids, or all) or gpu (an index), except, grace_s and only_idle.",
  "snapshots.schedules":
    "Snapshots that are taken and deleted on a schedule. Each has name, cron, time_zone, catch_up_s (how late a missed one is made up for; 43200), containers (ids, or all), pattern (for their names: auto-%Y%m%d-%H%M), and keep: count, age (36h, 14d, 8w) or both.",
  "sim.state": "Driver sim: the file that the simulated host is kept in; without one it is forgotten with the agent.",
  "sim.faults": "Driver sim: a file that says which calls fail, hang or crash.",
  "sim.log": "Driver sim: a file to which every call is written.",
  "sim.latency_ms": "Driver sim: how long each call takes.",
  "sim.pools": "Driver sim: what snapshots can do in each pool: any, newest or none.",
  "sim.atomic_replace": "Driver sim: whether snapshots can be replaced at once.",
  "sim.unknown_commands": "Driver sim: whether a command that it does not know fails or succeeds.",
  "notify.url":
    "Where a signed JSON message is posted when a run has ended: docs/notifications.md. http only where nobody is in between. Without it there are none.",
  "notify.secret_file": "The file with the secret that messages are signed with, for root alone: openssl rand -hex 32.",
  "notify.results": "Runs that end like this are told: failed, cancelled, skipped, succeeded.",
  "notify.timeout_s": "Seconds in which the receiver has to answer.",
  "metrics.listen":
    "An IP address and a port, such as 127.0.0.1:9464, where Prometheus finds metrics at /metrics. Without it there are none. Nobody is asked who they are, and nothing is encrypted: a loopback address, or one that a firewall keeps to whoever scrapes.",
  "log.level":
    "The least that is logged: error, warn, info (what is done and changed), debug (also every call of the driver and of the contract, by whom, and how long it took) or trace (also what each is called with, without secrets).",
};
