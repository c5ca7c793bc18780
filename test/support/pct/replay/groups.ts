import { addLines, bindFolder, edit, file, hook, pct, stubborn, type Step } from "./steps.ts";

/** Records that follow one another, and where they start from. Numbers are positions in the file of records. */
export interface Group {
  readonly name: string;
  readonly ranges: readonly (readonly [number, number])[];
  /** The containers at the beginning: the record that shows N.conf, and what is different in it. */
  readonly seeds: readonly (readonly [vmid: number, record: number, change?: (text: string) => string])[];
  readonly before?: Readonly<Record<number, readonly Step[]>>;
  /** Calls that were made while somebody held a lock: until they waited for it, or until they gave up. */
  readonly held?: readonly { readonly range: readonly [number, number]; readonly release: "waited" | "ended" }[];
}

export const groups: readonly Group[] = [
  { name: "without containers, create, read, snapshot a stopped one", ranges: [[0, 71]], seeds: [] },
  {
    name: "start, exec, push, snapshot a running one, roll back, stop, delete snapshots",
    ranges: [[72, 175]],
    seeds: [
      [100, 16],
      [101, 54],
      [102, 68],
    ],
    before: { 97: [file("/tmp/pvepush", "push\n"), pct("exec", "100", "--", "sh", "-c", "echo adm:x:4: >> /etc/group")] },
  },
  {
    name: "locks, bind mounts, clone",
    ranges: [[176, 280]],
    seeds: [
      [100, 135],
      [101, 175],
      [102, 68],
    ],
    before: {
      176: [pct("start", "100"), bindFolder],
      // The raw line at the wrong end of the file was taken out again by hand.
      249: [edit(101, (text) => text.replace(/lxc\.mount\.entry.*\n/, ""))],
    },
  },
  {
    name: "set, set on a running one, hook scripts",
    ranges: [[281, 363]],
    seeds: [[101, 234]],
    before: {
      327: [edit(101, (text) => text.replace("rootfs: btr:0\n", "rootfs: btr:101/subvol-101-disk-0.subvol,size=0T\n"))],
      353: [hook("")],
      359: [hook("pre-start")],
      360: [hook("post-start")],
      361: [hook("")],
    },
  },
  { name: "shutdown in time and not", ranges: [[364, 373]], seeds: [[100, 135]], before: { 364: [pct("start", "100")], 367: [stubborn] } },
  {
    name: "destroy, clone, resize",
    ranges: [[374, 404]],
    seeds: [
      [100, 135],
      [101, 351],
      [102, 68],
    ],
  },
  {
    name: "one call after the other where the recorder had two at once",
    ranges: [[405, 506]],
    seeds: [
      [100, 135],
      [101, 403],
      [102, 68],
    ],
    held: [
      { range: [433, 434], release: "ended" },
      { range: [435, 436], release: "waited" },
      { range: [437, 447], release: "waited" },
      { range: [449, 452], release: "ended" },
    ],
    before: {
      409: [pct("snapshot", "101", "p2")],
      412: [pct("snapshot", "101", "p3")],
      415: [pct("start", "101")],
      483: [pct("stop", "100")],
      484: [pct("stop", "100"), pct("snapshot", "101", "k1")],
      495: [pct("start", "101")],
    },
  },
  {
    name: "exec in detail",
    ranges: [
      [507, 545],
      [562, 566],
      [567, 573],
    ],
    seeds: [[100, 135]],
    before: { 515: [pct("stop", "100")], 523: [pct("stop", "100")], 531: [pct("stop", "100")] },
  },
  { name: "data volumes", ranges: [[546, 561]], seeds: [[102, 68]] },
  {
    name: "zfs",
    ranges: [
      [574, 596],
      [634, 637],
    ],
    seeds: [],
  },
  {
    name: "raw lines and garbage",
    ranges: [[597, 629]],
    // Between the records k1 and viapvesh were added, and onboot and startup set.
    seeds: [
      [
        101,
        480,
        (text) => text.replace("memory: 200\n", "memory: 200\nonboot: 1\n").replace("size=0T\n", "size=0T\nstartup: order=1,up=2,down=5\n"),
      ],
    ],
    before: {
      597: [bindFolder, pct("snapshot", "101", "k1"), pct("snapshot", "101", "viapvesh"), pct("start", "101")],
      607: [
        addLines(
          101,
          "lxc.cgroup2.devices.allow: c 195:* rwm",
          "lxc.mount.entry: /dev/nvidia0 dev/nvidia0 none bind,optional,create=file",
          "lxc.mount.entry: /srv/bind srv none bind,create=dir",
        ),
      ],
      622: [addLines(101, "dev0: /dev/nvidia0,mode=0666")],
      625: [addLines(101, "bogus: 1", "foo")],
    },
  },
  {
    name: "the list at the end, and the feature",
    ranges: [
      [630, 633],
      [638, 648],
    ],
    seeds: [
      [100, 135],
      [101, 628],
      [104, 582],
    ],
    before: { 638: [edit(101, (text) => text.replace("bogus: 1\n", ""))] },
  },
];
