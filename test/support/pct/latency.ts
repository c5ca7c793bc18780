import type { PctWorld } from "./world-file.ts";

/** Milliseconds that a command takes on Proxmox, mostly for loading Perl modules (facts/proxmox.md, "Cost"). */
const recorded: Readonly<Record<string, number>> = {
  start: 1300,
  stop: 1800,
  shutdown: 2900,
  rollback: 860,
  snapshot: 670,
  delsnapshot: 790,
  create: 1400,
  clone: 1400,
};

/** Makes a call take the recorded time, or a share of it. */
export function waitAsLong({ latency }: PctWorld, name: string): void {
  const milliseconds = (recorded[name] ?? 650) * latency;
  if (milliseconds > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
