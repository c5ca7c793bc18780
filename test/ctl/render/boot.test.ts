import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { BootPlan__Output } from "../../../proto/types.ts";
import { toBootPlan } from "../../../src/agent/api/convert-boot.ts";
import { parseManifest } from "../../../src/agent/config/manifest.ts";
import type { World } from "../../../src/agent/plan/world.ts";
import { explainLines } from "../../../src/ctl/render/boot-explain.ts";
import { bootLines } from "../../../src/ctl/render/boot.ts";
import type { Look } from "../../../src/ctl/render/line.ts";
import { columns } from "../../../src/ctl/render/text.ts";
import { forecastOf, worldOf, type Given, type Guest } from "../../plan/boot/support.ts";
import * as w from "../../support/world.ts";
import { expectGolden, onScreen, scenes } from "../support/golden.ts";
import { lookAt, pve1, simulated } from "../support/samples.ts";

const look = lookAt(0);

async function planned(world: World, max_parallel = 4): Promise<BootPlan__Output> {
  return toBootPlan(await forecastOf(world, max_parallel));
}

const of = (guests: readonly Guest[], given: Given = {}) => planned(worldOf(guests, given));

const named = (ctid: number, name: string, more: Partial<Guest>): Guest => ({ ctid, config: { name }, ...more });
const house: readonly Guest[] = [
  named(953, "Nginx", { order: 1, delay: 5 }),
  named(955, "ollama", { order: 2, needs: [953] }),
  named(957, "n8n", { order: 2, delay: 2, needs: [953] }),
  named(956, "open-webui with a long name", { order: 3, needs: [953, 955] }),
];

function shown(plan: BootPlan__Output, reader: Look = look): string {
  return onScreen(bootLines(plan, pve1, reader), reader);
}

async function explained(plan: Promise<BootPlan__Output>, ctid: number): Promise<string> {
  const all = await plan;
  const member = all.members.find((each) => each.ctid === ctid);
  return member === undefined ? "no member" : onScreen(explainLines(all, member, look), look);
}

test("boot plans", async () => {
  const wrong: readonly Guest[] = [
    named(950, "vllm", { order: 1, needs: [100, 953] }),
    named(951, "odd\x1b[31m", { order: 2, needs: [999] }),
    named(952, "after-odd", { order: 2, needs: [951] }),
    named(953, "Nginx", { order: 4, state: "running" }),
    named(960, "needed", { atBoot: false }),
    named(961, "last", { needs: [960] }),
  ];
  const crowd = Array.from({ length: 6 }, (_, at) => named(950 + at, `c${at}`, { delay: at === 5 ? 3 : 0 }));
  const slow = [named(950, "slow", { delay: 300 }), named(951, "slower", { delay: 300, needs: [950] })];
  expectGolden(
    "boot-plan",
    scenes([
      ["a house", shown(await of(house))],
      ["on a wide terminal", shown(await of(house), { ...look, width: 200 })],
      ["on no terminal", shown(await of(house), { ...look, width: Infinity })],
      ["on a narrow terminal", shown(await of(house), { ...look, width: 50 })],
      ["simulated, with everything wrong", onScreen(bootLines(await of(wrong, { machines: { 100: "stopped" } }), simulated, look), look)],
      ["more than may start at a time", shown(await of(crowd))],
      ["minutes", shown(await of(slow))],
      ["nothing takes any time", shown(await of([named(950, "up", { state: "running" })]))],
      ["nothing at all", shown(await of([]))],
      ["nothing but an error", shown(await of([], { broken: { 951: "cores: expected a number" } }))],
    ]),
  );
});

test("explanations", async () => {
  const boot = of(house);
  const odd = of(
    [
      named(950, "a", { order: 1, needs: [960, 999] }),
      named(951, "b", { state: "running" }),
      named(952, "c", { order: 2, needs: [960, 100] }),
      named(960, "d", { atBoot: false }),
    ],
    { machines: { 100: "running" } },
  );
  const crowd = planned(worldOf([named(950, "a", {}), named(951, "b", {})]), 1);
  expectGolden(
    "boot-explain",
    scenes([
      ["a chain of dependencies", await explained(boot, 956)],
      ["the first", await explained(boot, 953)],
      ["an order before it, and it runs already", await explained(odd, 951)],
      ["needed by another one", await explained(odd, 960)],
      ["not started", await explained(odd, 950)],
      ["no room", await explained(crowd, 951)],
    ]),
  );
});

test("a picture is never wider than the terminal, and every member has a line", async () => {
  const plan = await of(house);
  for (const width of [50, 60, 80, 100, 132]) {
    const lines = shown(plan, { ...look, width }).split("\n");
    for (const line of lines) expect(columns(line)).toBeLessThanOrEqual(width);
    for (const { ctid } of house) expect(lines.filter((line) => line.startsWith(` ${ctid} `))).toHaveLength(1);
  }
});

const file = join(__dirname, "../../../../shared/data/phoenix_lxc_configs.json");
const missing = existsSync(file) ? "" : ` (skipped: ${file} is not there)`;
(missing === "" ? test : test.skip)(`the real manifest: 953 first, then 955 and 957 together${missing}`, async () => {
  const manifest = parseManifest(readFileSync(file), "phoenix_lxc_configs.json", { default_from_ctid: 950 });
  const containers = new Map([...manifest.containers.keys()].map((ctid) => [ctid, w.container({ ctid })]));
  const world = { ...w.world({}), manifest, inventory: { ...w.world({}).inventory, containers } };
  expectGolden(
    "boot-real",
    scenes([
      ["boot plan", onScreen(bootLines(await planned(world), pve1, look), look)],
      ["boot explain 957", await explained(planned(world), 957)],
    ]),
  );
});
