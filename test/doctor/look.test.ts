import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadSettings } from "../../src/agent/config/settings.ts";
import { createDoctor } from "../../src/agent/doctor/look.ts";
import { Fault } from "../../src/agent/domain/errors.ts";
import { simDriver } from "../../src/agent/driver/sim/sim.ts";
import { makeHome, type Home } from "../config/versions/support.ts";

let home: Home;
beforeEach(() => void (home = makeHome()));
afterEach(() => home.dispose());

const now = Date.UTC(2026, 10, 26);

/** A doctor with a real store, real files and a simulated platform; gives "level subject" of what is not well. */
function doctor() {
  const file = join(home.folder, "agent.yaml");
  home.write("agent.yaml", `driver: sim\nstate_dir: .\nmanifest: etc/phoenix_lxc_configs.json\nscripts: bin\nfeatures: bin/lxc_setup\n`);
  home.write("etc/phoenix_lxc_configs.json", `{ "lxc_configs": { "950": { "name": "llm", "template": "base" } } }`);
  home.write("bin/lxc_setup/none.sh", "");
  const keeper = home.live();
  const { journal, events, boots } = home.store();
  const driver = simDriver();
  let platform: "there" | "gone" = "there";
  const observe = () =>
    platform === "there" ? driver.observe() : Promise.reject(new Fault("BACKEND_FAILED", "it is not mounted", "mount it"));
  const settings = loadSettings(file);
  const owners = { chosen: (): "agent" => "agent" };
  const parts = {
    settings,
    driver: { platform: "sim", observe },
    keeper,
    journal,
    events,
    owners,
    boots,
    notices: { waiting: () => ({ count: 0, since: null }) },
    network: null,
    clock: { now: () => now },
  } as const;
  const examine = createDoctor(parts).examine;
  return {
    file,
    unmount: () => void (platform = "gone"),
    bad: async () => {
      const found = await examine();
      return found
        .filter(({ level, subject }) => level === "error" || subject === "settings")
        .map(({ level, subject }) => `${level} ${subject}`);
    },
    examine,
  };
}

test("what is looked at is what is there now", async () => {
  const { file, bad, unmount, examine } = doctor();
  expect(await bad()).toEqual(["ok settings"]);
  writeFileSync(file, "driver: sim\n");
  expect(await bad()).toEqual(["warn settings"]);
  writeFileSync(file, "driver: none\n");
  expect(await bad()).toEqual(["error settings"]);
  home.write("etc/phoenix_lxc_configs.json", "{");
  expect(await bad()).toEqual(["error settings", "error configuration"]);
  home.store().events.add({ at: now + 3_600_000, kind: "agent.started", level: "info", ctid: null, run: null, message: "up", details: {} });
  expect(await bad()).toEqual(["error settings", "error configuration", "error clock"]);
  unmount();
  expect(await bad()).toEqual(["error settings", "error configuration", "error platform", "error clock"]);
  expect((await examine()).find(({ subject }) => subject === "platform")).toMatchObject({
    message: "driver sim: it is not mounted",
    remedy: "mount it",
  });
});

test("a store that can't be read is a finding, and hides nothing else", async () => {
  const { bad } = doctor();
  await bad();
  home.crash();
  expect(await bad()).toEqual(expect.arrayContaining(["ok settings", "error database"]));
});
