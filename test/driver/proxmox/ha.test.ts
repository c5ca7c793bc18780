// Containers under HA: pct only asks the HA manager, which acts a while later, and starts what is meant to be up.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Driver } from "../../../src/agent/driver/driver.ts";
import { isUnderHa } from "../../../src/agent/driver/proxmox/ha.ts";
import { proxmoxDriver } from "../../../src/agent/driver/proxmox/proxmox.ts";
import type { ProxmoxSettings } from "../../../src/agent/driver/proxmox/settings.ts";
import { describeContainers } from "../../support/describe-containers.ts";
import { makePct, type TestPct } from "../../support/pct/world.ts";
import { call, taking } from "../contract/bench.ts";
import { hostSettings, quietLog } from "./world.ts";

const ctid = 950;
const conf = `arch: amd64\nhostname: it\nmemory: 128\nostype: unmanaged\nrootfs: btr:${ctid}/subvol-${ctid}-disk-0.subvol,size=0T\nswap: 64\n`;

/** pct as it is for what is listed in `resources`: words and codes are those of PVE::API2::LXC::Status. */
const asking = (pct: string, resources: string) => `#!/bin/sh
grep -q "^ct: $2$" '${resources}' || exec '${pct}' "$@"
case $1 in
  start) state=started ;;
  stop | shutdown) state=stopped ;;
  *) exec '${pct}' "$@" ;;
esac
case $* in
  *overrule-shutdown*)
    printf '400 Parameter verification failed.\\noverrule-shutdown: Not applicable for HA resources.\\n' >&2
    exit 255 ;;
esac
sed -i "s/state .*/state $state/" '${resources}'
echo "Requesting HA $1 for CT $2"
`;

describeContainers("a container under HA", () => {
  let pct: TestPct;
  let driver: Driver;
  let settings: ProxmoxSettings;
  let manager = Promise.resolve();
  let over = false;
  let looks = 0;

  beforeAll(() => {
    pct = makePct();
    pct.seed(ctid, conf);
    const folder = pct.pool.hostFolder();
    const ha_resources = join(folder, "resources.cfg");
    writeFileSync(ha_resources, `vm: 100\n\tstate started\n\nct: ${ctid}\n\tgroup all\n\tstate stopped\n`);
    writeFileSync(join(folder, "pct"), asking(pct.pct, ha_resources), { mode: 0o755 });
    settings = { ...hostSettings(pct), pct: join(folder, "pct"), ha_resources };
    driver = proxmoxDriver(settings, { state_dir: pct.pool.hostFolder(), log: quietLog });
    manager = manage(ha_resources);
  });
  afterAll(async () => {
    over = true;
    await manager;
    pct.dispose();
  });

  /** Has the container as it is wanted to be, all the time; a locked one it can't start. */
  async function manage(ha_resources: string): Promise<void> {
    while (!over) {
      const wanted = readFileSync(ha_resources, "utf8").includes(`ct: ${ctid}\n\tgroup all\n\tstate started`) ? "running" : "stopped";
      const state = await stateNow();
      if (state !== wanted) await pct.call(["pct", wanted === "running" ? "start" : "stop", String(ctid)]);
      looks += 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  /** Resolves when the manager has done what it does from now on. */
  async function managerDone(): Promise<void> {
    const from = looks;
    while (looks < from + 2) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const stateNow = async () => (await driver.observe()).containers.get(ctid)?.state;
  const sh = async (script: string): Promise<string> => {
    let said = "";
    const output = { stdout: (chunk: Uint8Array) => void (said += Buffer.from(chunk).toString()), stderr: () => {} };
    await driver.exec(ctid, { argv: ["sh", "-c", script], env: {}, stdin: "none", output }, call());
    return said.trim();
  };

  test("is up when it has been started, and down when it has been stopped, either way", async () => {
    const seen: unknown[] = [];
    for (const how of [{ how: "kill" }, { how: "graceful", timeout_s: 5 }] as const) {
      await driver.start(ctid, call());
      seen.push(await stateNow());
      await driver.stop(ctid, how, call());
      seen.push(await stateNow());
    }
    expect(seen).toEqual(["running", "stopped", "running", "stopped"]);
  });

  test("is seen to be under HA, and a machine too", async () => {
    expect((await driver.observe()).autostart).toMatchObject({ under_ha: new Set([100, ctid]) });
  });

  test("is brought back to a snapshot without being started by the manager in between", async () => {
    await driver.snapshot(ctid, taking("base"), call());
    await driver.start(ctid, call());
    await sh("echo new >/root-file");
    await driver.restore(ctid, "base", call());
    await managerDone();
    expect(await stateNow()).toBe("stopped");
    await driver.start(ctid, call());
    expect(await sh("cat /root-file || echo gone")).toBe("gone");
    await driver.stop(ctid, { how: "kill" }, call());
  });

  test.each([
    { what: "listed", text: `ct: ${ctid}\n\tstate started\n`, is: true },
    { what: "listed without a state", text: `vm: 100\n\nct: ${ctid}\n`, is: true },
    { what: "left alone", text: `ct: ${ctid}\n\tcomment not now\n\tstate ignored\n`, is: false },
    { what: "not listed", text: `ct: ${ctid}1\n\tstate started\n`, is: false },
    { what: "on a host without HA", text: null, is: false },
  ])("$what", async ({ text, is }) => {
    const file = join(pct.pool.hostFolder(), "resources");
    if (text !== null) writeFileSync(file, text);
    expect(await isUnderHa({ settings: { ...settings, ha_resources: file } }, ctid)).toBe(is);
  });
});
