import type { Recorded } from "./records.ts";

type Which = (index: number, record: Recorded) => boolean;
const numbers =
  (...wanted: readonly (number | readonly [number, number])[]): Which =>
  (index) =>
    wanted.some((one) => (typeof one === "number" ? one === index : one[0] <= index && index <= one[1]));
const command =
  (...names: readonly string[]): Which =>
  (_, { argv }) =>
    names.includes(argv.slice(0, 2).join(" "));

/** Why records are not replayed; the first that fits counts. Numbers are positions in the file. */
const reasons: readonly (readonly [string, Which])[] = [
  [
    "commands that the driver never uses",
    command("pct suspend", "pct resume", "pct cpusets", "pct df", "pct mount", "pct unmount", "pct fstrim", "pct move-volume"),
  ],
  [
    "pvesh and pvesm beyond the feature that the driver asks for",
    (_, { argv }) => argv[0] === "pvesm" || (argv[0] === "pvesh" && !argv.includes("--feature")),
  ],
  ["the recorder's machine lacked qemu-img", numbers(12, 19)],
  ["its fake zfs could not mount a snapshot; ZFS can", numbers(634)],
  ["needs systemd or the tools of Debian inside", numbers(94, 106, 140, 366, 372, 373, [454, 462], 508, 516, 524, 532, 541, 542)],
  [
    "needs slow shutdowns of systemd and signals of the recorder; tested apart, with a stubborn init",
    numbers([509, 514], [517, 522], [525, 530]),
  ],
  ["the leftovers of calls that were not recorded, or killed by the recorder", numbers([535, 540], [568, 573])],
  ["the outcome depends on the exact overlap of two calls", numbers(407, 408, 410, 411, 413, 414, 428, [445, 447], 473, 545)],
  ["Proxmox's own generated files and logs", numbers(310, 330, 562, 565, 566)],
  ["while mounted by pct mount", numbers(395)],
  ["after startall and stopall of all containers", numbers(503)],
];

/** Why a record is left out; null for one that is replayed. */
export function whyLeftOut(index: number, record: Recorded): string | null {
  return reasons.find(([, which]) => which(index, record))?.[0] ?? null;
}
