import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { executables, makeHouse, simGround, type House } from "../e2e/support/house.ts";
import { standIn, type StandIn } from "../gpu/support.ts";
import { readPages, type Extra, type Shown, type Written } from "./support/page.ts";
import { notPrinted } from "./support/same.ts";

// The commands of a page in its order, with the built executables, on a simulated host of its own that is called pve1. They begin in a folder
// with the examples, whose manifest and scripts are the host's.

const pages = readPages()
  .map(({ path, extras, told }) => ({ path, extras, told: told.filter((each) => "file" in each || each.needs === "nothing") }))
  .filter(({ told }) => told.some((each) => "command" in each));

const settings = [
  "driver: sim",
  // faults.json is what a page writes to have something fail.
  "sim: { state: sim.json, faults: faults.json, unknown_commands: succeed }",
  "snapshots:",
  "  schedules:",
  "    - { name: nightly, cron: 0 3 * * *, time_zone: Europe/Berlin, containers: [950, 953], pattern: night-%Y%m%d, keep: { count: 7, age: 14d } }",
];

let house: House;
let smi: StandIn;
beforeEach(() => {
  smi = standIn(["0, GPU-aaaa, RTX 5060 Ti, 16384, 0, 0", "1, GPU-bbbb, RTX 5060 Ti, 16384, 0, 0"], []);
});
afterEach(async () => {
  await house.dispose();
  smi.dispose();
});

/** As docs/gpu.md has it. */
const night = '{ name: night, cron: "0 1 * * *", time_zone: Europe/Berlin, containers: all, except: [955], only_idle: true, grace_s: 120 }';
const more: Readonly<Record<Extra, () => string>> = {
  gpus: () => `gpu: { nvidia_smi: ${smi.path}, stop_idle_after_min: 30, schedules: [${night}] }`,
  network: () => "listen: 127.0.0.1:0",
};

/** On a terminal, as a user would. */
function type(command: string, { who = "", columns = 100 } = {}): { readonly code: number | null; readonly printed: string } {
  const env = {
    PATH: `${dirname(executables.ctl)}:${process.env["PATH"]}`,
    HOME: join(house.folder, who),
    PHOENIX_CONFIG: join(house.folder, "agent.yaml"),
    SUDO_USER: "ana",
    TZ: "UTC",
    LANG: "C.UTF-8",
    TERM: "xterm",
  };
  const words = ["-qec", `stty cols ${columns} -echo; ${command}`, "/dev/null"];
  const done = spawnSync("script", words, { cwd: house.folder, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  return { code: done.status, printed: done.stdout };
}

/** Does what a page tells; what was not as the page says. */
function differences(told: Shown | Written, columns: number): string[] {
  if ("file" in told) {
    writeFileSync(join(house.folder, told.file), told.text);
    return [];
  }
  const { place, who, command, exitCode, output } = told;
  const { code, printed } = type(command, { who, columns });
  const missing = notPrinted(output, printed);
  const what = [
    ...(code === exitCode ? [] : [`ended with ${code}, and not ${exitCode}`]),
    ...(missing === null ? [] : [`did not print, where the page has it: ${missing}`]),
  ];
  return what.map((difference) => `${place}: ${command}: ${difference}\nIt printed:\n${printed}`);
}

test.each(pages)("what $path shows is so", async ({ extras, told }) => {
  house = makeHouse({ ...simGround(), settings: [...settings, ...extras.map((extra) => more[extra]())] });
  await house.startAgent();
  expect(type(`phoenixctl host add pve1 --socket ${house.socket}`)).toMatchObject({ code: 0 });
  // What follows a difference may differ because of it.
  // So wide that tables which a page shows whole, or only some rows of, are not folded.
  const columns = extras.length > 0 ? 400 : 100;
  expect(told.flatMap((each) => differences(each, columns))).toEqual([]);
});
