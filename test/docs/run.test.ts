import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { executables, makeHouse, simGround, type House } from "../e2e/support/house.ts";
import { readPages, type Shown, type Written } from "./support/page.ts";
import { notPrinted } from "./support/same.ts";

// The commands of a page in its order, with the built executables, on a simulated host of its own that is called pve1. They begin in a folder
// with the examples, whose manifest and scripts are the host's.

const pages = readPages()
  .map(({ path, told }) => ({ path, told: told.filter((each) => "file" in each || each.needs === "nothing") }))
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
beforeEach(async () => {
  house = makeHouse({ ...simGround(), settings });
  await house.startAgent();
});
afterEach(() => house.dispose());

/** On a terminal of 100 columns, as a user would. */
function type(command: string): { readonly code: number | null; readonly printed: string } {
  const env = {
    PATH: `${dirname(executables.ctl)}:${process.env["PATH"]}`,
    HOME: house.folder,
    PHOENIX_CONFIG: join(house.folder, "agent.yaml"),
    SUDO_USER: "ana",
    TZ: "UTC",
    LANG: "C.UTF-8",
    TERM: "xterm",
  };
  const words = ["-qec", `stty cols 100 -echo; ${command}`, "/dev/null"];
  const done = spawnSync("script", words, { cwd: house.folder, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  return { code: done.status, printed: done.stdout };
}

/** Does what a page tells; what was not as the page says. */
function differences(told: Shown | Written): string[] {
  if ("file" in told) {
    writeFileSync(join(house.folder, told.file), told.text);
    return [];
  }
  const { place, command, exitCode, output } = told;
  const { code, printed } = type(command);
  const missing = notPrinted(output, printed);
  const what = [
    ...(code === exitCode ? [] : [`ended with ${code}, and not ${exitCode}`]),
    ...(missing === null ? [] : [`did not print, where the page has it: ${missing}`]),
  ];
  return what.map((difference) => `${place}: ${command}: ${difference}\nIt printed:\n${printed}`);
}

test.each(pages)("what $path shows is so", ({ told }) => {
  expect(type(`phoenixctl host add pve1 --socket ${house.socket}`)).toMatchObject({ code: 0 });
  for (const each of told) expect(differences(each)).toEqual([]);
});
