import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { detect } from "../../src/agent/config/detect.ts";
import { exampleSettings } from "../../src/agent/config/example.ts";
import { settingPaths } from "../../src/agent/config/settings-list.ts";
import { settingWords } from "../../src/agent/config/settings-words.ts";
import { parseSettings } from "../../src/agent/config/settings.ts";
import { propose } from "../../src/agent/config/setup.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "phoenix-setup-"));
});
afterEach(() => rmSync(root, { recursive: true }));

/** A host on which these files are. */
function host(...files: readonly string[]) {
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), "");
  }
  return propose(detect(root));
}

const users = "/usr/local/phoenix_hypervisor";
const layout = [`${users}/etc/phoenix_lxc_configs.json`, `${users}/bin/lxc_setup/base.sh`];

test("on Proxmox with the users' layout, everything is found", () => {
  const proposal = host("/usr/sbin/pct", "/etc/pve/lxc/950.conf", "/usr/bin/lxc-start", ...layout);
  expect(proposal).toMatchObject({ driver: "proxmox", notes: [] });
  const settings = parseSettings(proposal.driver === null ? "" : proposal.yaml, "/etc/phoenix/agent.yaml");
  expect(settings).toMatchObject({ driver: "proxmox", manifest: layout[0], scripts: `${users}/bin`, features: `${users}/bin/lxc_setup` });
});

test("on Proxmox without anything else, what is missing is said", () => {
  const proposal = host("/usr/sbin/pct");
  expect(proposal).toMatchObject({ driver: "proxmox" });
  expect(proposal.driver === null ? [] : proposal.notes).toEqual([
    expect.stringContaining("/etc/pve/lxc is not there"),
    expect.stringContaining("manifest:"),
    expect.stringMatching(/^scripts: .*; make that folder, or change scripts$/),
    expect.stringContaining("features:"),
  ]);
});

test("on a Debian with LXC", () => {
  expect(host("/usr/bin/lxc-start")).toMatchObject({ driver: "lxc" });
});

test.each([
  [["/run/systemd/system/x"], ["next: phoenix-agent check && systemctl start phoenix-agent"]],
  [[], ["next: phoenix-agent check && phoenix-agent serve", expect.stringContaining("No systemd runs here")]],
])("with %j it is said how the agent is started", (files, next) => {
  expect(host("/usr/bin/lxc-start", ...files)).toMatchObject({ next });
});

test("a host without containers gets no settings, and no simulation", () => {
  expect(host()).toMatchObject({ driver: null, remedy: expect.stringContaining("apt-get install lxc") });
});

test("every setting has words, and what has words is a setting", () => {
  expect(settingPaths().toSorted()).toEqual(Object.keys(settingWords).toSorted());
});

test("the example with its comments taken away is what the settings are without it", () => {
  const text = exampleSettings()
    .replace(/^# /gm, "")
    .replace(/^driver:$/m, "driver: lxc")
    .split("\n")
    // The two lines above the settings.
    .slice(2)
    .join("\n");
  expect(parseSettings(text, "/a.yaml")).toEqual(parseSettings("driver: lxc", "/a.yaml"));
});
