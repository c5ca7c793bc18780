import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describeWhere } from "../support/describe-where.ts";
import { makeRoot, whyNoRoot, type Root } from "./root.ts";
import { whyNoPackages } from "./support.ts";

const real = resolve(import.meta.dirname, "../../../shared/data/phoenix_lxc_configs.json");
const users = "/usr/local/phoenix_hypervisor";
const settings = "/etc/phoenix/agent.yaml";

// The executable looks at "/", so it gets one of its own.
describeWhere("phoenix-agent setup", whyNoPackages() ?? whyNoRoot(), () => {
  let root: Root;
  const agent = (words: string) => root.sh(`${resolve("dist/phoenix-agent")} ${words}`);

  beforeEach(async () => {
    root = await makeRoot();
    root.get(`rm -rf /etc/phoenix /etc/pve ${users} /usr/sbin/pct /usr/bin/pct /usr/bin/lxc-start`);
  });
  afterEach(() => root.dispose());

  /** A Proxmox, as far as anybody looks before there are settings. */
  function proxmox(): void {
    root.write("/usr/sbin/pct", "#!/bin/sh\nexit 0\n", 0o755);
    for (const folder of ["/etc/pve/lxc", "/etc/pve/qemu-server", "/run/lock/lxc"]) root.get(`mkdir -p ${folder}`);
    root.write("/etc/pve/storage.cfg", "dir: local\n\tpath /var/lib/vz\n\tcontent vztmpl,rootdir\n");
  }

  test("on a host without containers proposes nothing, and writes nothing", () => {
    const { code, out, err } = agent("setup --write");
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toBe(
      "phoenix-agent: there is neither pct (Proxmox) nor lxc-start (LXC) on this host\nphoenix-agent: Install one of them: apt-get install lxc btrfs-progs\n",
    );
    expect(existsSync(root.at(settings))).toBe(false);
  });

  test("with LXC proposes it, and says what is not there yet", () => {
    root.write("/usr/bin/lxc-start", "#!/bin/sh\n", 0o755);
    const { code, out, err } = agent("setup");
    expect({ code, driver: /^driver: .*$/m.exec(out)?.[0] }).toEqual({ code: 0, driver: "driver: lxc # by /usr/bin/lxc-start" });
    expect(err).toContain(`note: manifest: ${users}/etc/phoenix_lxc_configs.json is not there yet`);
    expect(existsSync(root.at(settings))).toBe(false);
  });

  test("on Proxmox writes settings once, and leaves alone what is there", () => {
    proxmox();
    expect(agent("setup --write")).toMatchObject({ code: 0, out: expect.stringContaining(`${settings} is written, driver proxmox.`) });
    root.write(settings, "driver: proxmox # mine\n");
    expect(agent("setup --write")).toMatchObject({ code: 1, err: expect.stringContaining("is not overwritten") });
    expect(readFileSync(root.at(settings), "utf8")).toBe("driver: proxmox # mine\n");
  });

  test("with a user's real files finds all of them, and they can be used", () => {
    if (!existsSync(real)) {
      console.warn(`not tried: a user's real files: ${real} is not there`);
      return;
    }
    proxmox();
    const text = readFileSync(real, "utf8");
    root.write(`${users}/etc/phoenix_lxc_configs.json`, text);
    const { lxc_configs: containers } = JSON.parse(text) as {
      lxc_configs: Record<string, { application_script?: string; features?: string[] }>;
    };
    for (const { application_script: script, features = [] } of Object.values(containers)) {
      if (script !== undefined) root.write(`${users}/bin/${script}`, "#!/bin/sh\n", 0o755);
      for (const feature of features)
        root.write(`${users}/bin/lxc_setup/phoenix_hypervisor_feature_install_${feature}.sh`, "#!/bin/sh\n", 0o755);
    }
    const proposed = agent("setup");
    expect(proposed).toMatchObject({ code: 0, err: "" });
    expect(proposed.out).toMatch(/^driver: proxmox # by \/usr\/sbin\/pct$/m);
    for (const [key, path] of [
      ["manifest", "etc/phoenix_lxc_configs.json"],
      ["scripts", "bin"],
      ["features", "bin/lxc_setup"],
    ])
      expect(proposed.out).toContain(`\n${key}: ${users}/${path}\n`);
    agent("setup --write");
    expect(readFileSync(root.at(settings), "utf8")).toBe(proposed.out);
    const checked = agent("check");
    expect(checked.out).toMatch(new RegExp(`^driver proxmox: ${Object.keys(containers).length} containers can be used; 0 errors`, "m"));
  });
});
