import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { makeHouse, simGround, type House } from "./support/house.ts";

let house: House;
beforeEach(async () => {
  house = makeHouse(simGround());
  // As somebody has it who copies the folder and starts an agent there.
  copyFileSync(join(house.folder, "sim.yaml"), join(house.folder, "agent.yaml"));
  await house.startAgent();
});
afterEach(() => house.dispose());

test("the examples come up whole on a simulated host, by their own settings, and again by a letsgo", () => {
  expect(house.ctl("orchestrate", "--all")).toMatchObject({ code: 0, err: "" });
  expect(house.ctl("letsgo", "950")).toMatchObject({ code: 0, err: "" });
  const { containers } = JSON.parse(house.ctl("ps", "-o", "json").out) as { containers: { ctid: number; state: string; health: string }[] };
  expect(containers.map(({ ctid, state, health }) => [ctid, state, health])).toEqual([
    [900, "running", "unknown"],
    [950, "running", "healthy"],
    [952, "running", "healthy"],
    [953, "running", "healthy"],
  ]);
});
