import type { Probe } from "../domain/step.ts";

/**
 * systemd counts as up when it says so; any other init as soon as a command can be run (facts/lxc.md: from then on it hears a shutdown). It is
 * waited for inside, for a moment: who asks again and again takes from the boot what it needs, and comes late. It is asked all the same
 * afterwards, since there may be no `timeout`, and a systemd before 240 does not wait.
 */
const init = [
  "read name </proc/1/comm",
  'if [ "$name" = systemd ]; then',
  "timeout 1 systemctl is-system-running --wait >/dev/null 2>&1",
  'state=$(systemctl is-system-running 2>/dev/null); [ "$state" = running ] || [ "$state" = degraded ] || exit 1',
  "fi",
];

/** Destination 00000000 is the default route; a line for anything but lo means an address. With sh alone, since guests may have no ip command. */
const network: Readonly<Record<Extract<Probe, { by: "agent" }>["network"], readonly string[]>> = {
  none: [],
  addresses: ['while read -r device rest; do case "$device" in Iface|lo) ;; *) exit 0;; esac; done </proc/net/route', "exit 1"],
  "default route": ['while read -r device destination rest; do [ "$destination" = 00000000 ] && exit 0; done </proc/net/route', "exit 1"],
};

/** A shell command that succeeds when the container is up. */
export function probeCommand(probe: Probe): readonly string[] {
  const script = probe.by === "command" ? probe.command : [...init, ...network[probe.network]].join("\n");
  return ["sh", "-c", script];
}
