import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describeContainers } from "../support/describe-containers.ts";
import { makeHouse, type House } from "./support/house.ts";
import { proxmoxGround } from "./support/proxmox-ground.ts";

// Scripts as they were written for phoenix_orchestrator.sh (facts/original.md): bash and jq, the helper library sourced, settings
// read from the pushed manifest with top-level keys as defaults, and a feature that runs on the host and calls pct.
const commonUtils = `#!/bin/bash
log_info() { echo "[INFO] $*"; }
`;

const application = `#!/bin/bash
set -euo pipefail
SCRIPT_DIR=$(cd "$(dirname "\${BASH_SOURCE[0]}")" && pwd)
source "$SCRIPT_DIR/phoenix_hypervisor_common_utils.sh"
CTID="$1"
CONFIG_FILE="$SCRIPT_DIR/phoenix_lxc_configs.json"
get() { jq -r --arg id "$CTID" --arg key "$1" '.lxc_configs[$id][$key] // .[$key] // empty' "$CONFIG_FILE"; }
log_info "container $CTID in $SCRIPT_DIR"
{
  echo "model $(get vllm_model)"
  echo "driver $(get nvidia_driver_version)"
  echo "port $(jq -r '.lxc_configs["953"].ports[0]' "$CONFIG_FILE")"
  echo "knows $(jq -r '.lxc_configs | keys | join(" ")' "$CONFIG_FILE")"
  echo "mode $(stat -c '%a %U' "$SCRIPT_DIR")"
} >/root/result
`;

/** Busybox with the host's programs laid over it, which gives a guest bash and jq. */
const guestPrograms = "#!/bin/sh\nset -e\nfor name in lib lib64; do ln -sfn /usr/$name /$name; done\nln -sf /usr/bin/bash /bin/bash\n";

describeContainers("users' own scripts, unchanged", () => {
  let house: House;
  beforeAll(async () => {
    const ground = proxmoxGround();
    house = makeHouse(ground);
    const pct = /"pct":"([^"]+)"/.exec(ground.settings.join())?.[1] ?? "";
    mkdirSync(join(house.folder, "bin/lxc_setup"), { recursive: true });
    house.script("phoenix_hypervisor_common_utils.sh", commonUtils);
    house.script("phoenix_hypervisor_lxc_953.sh", application);
    house.script("lxc_setup/programs.sh", guestPrograms);
    house.script(
      "lxc_setup/phoenix_hypervisor_feature_install_stamp.sh",
      `#!/bin/bash\nset -e\n${pct} exec "$1" -- touch "/etc/stamped-$1"\n`,
    );
    house.manifest((manifest) => {
      manifest["nvidia_driver_version"] = "580.76.05";
      manifest.lxc_configs = {
        953: {
          ...manifest.lxc_configs["953"],
          application_script: "phoenix_hypervisor_lxc_953.sh",
          features: ["programs", "stamp"],
          vllm_model: "Qwen/Qwen2.5-7B-Instruct-AWQ",
          ports: ["8000:8000"],
          mount_points: [{ host_path: "/usr", container_path: "/usr" }],
          health_check: { command: "test -s /root/result", retries: 1, interval: 1 },
        },
        900: { ...manifest.lxc_configs["900"], secret: "of another container" },
      };
    });
    await house.startAgent();
  });
  afterAll(() => house.dispose());

  test("this machine has the jq that they call", () => {
    expect(existsSync("/usr/bin/jq")).toBe(true);
  });

  test("orchestrate and letsgo run them, and show each container its own part of the manifest alone", () => {
    const expected = ["model Qwen/Qwen2.5-7B-Instruct-AWQ", "driver 580.76.05", "port 8000:8000", "knows 953", "mode 700 root"].join("\n");
    for (const verb of ["orchestrate", "letsgo"]) {
      const { code, out, err } = house.ctl(verb, "953");
      expect({ code, out: code === 0 ? "" : out + err }).toEqual({ code: 0, out: "" });
      expect(house.inside(953, "cat /root/result; test -e /etc/stamped-953 && ! test -e /tmp/phoenix_run")).toBe(expected);
      expect(out).toContain("[INFO] container 953 in /tmp/phoenix_run");
    }
  });
});
