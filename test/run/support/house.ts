// One container with everything: features inside and on the host, an application, a health check, a volume and a mount.
import type { ContainerConfig } from "../../../src/agent/config/manifest-types.ts";
import * as w from "../../support/world.ts";
import { bench, wish, type Bench, type BenchOptions } from "./bench.ts";

export const ctid = 950;

export const wanted: ContainerConfig = w.config({
  ctid,
  name: "vllm",
  features: ["base", "docker"],
  application: w.application("950.sh"),
  health: { command: "test -f /healthy", retries: 3, interval_s: 5 },
  ready: "true",
  volumes: [w.volume("/data")],
  mounts: [w.mount("/srv/models", "/models")],
  settings: { gpus: "" },
});

/** The application leaves a file that its health check looks for, and one on the data volume. */
export const script = "#!/bin/sh\n# sim: echo working\n# sim: write /healthy yes\n# sim: write /data/rows 1\n";

export const files = {
  scripts: { "950.sh": script },
  features: {
    "base.sh": "#!/bin/sh\n# sim: write /base yes\n",
    "phoenix_hypervisor_feature_install_docker.sh": "#!/bin/sh\n# sim: write /docker yes\n",
  },
};

/** A host on which nothing is yet. */
export function empty(options: Partial<BenchOptions> = {}): Bench {
  return bench({ configs: [wanted], ...files, ...options });
}

/** A host on which the container has been orchestrated, and changed by hand since. */
export async function settled(options: Partial<BenchOptions> = {}): Promise<Bench> {
  const host = empty({ ...options, faults: [] });
  const { run, driver } = host.live();
  const { state } = await run(ctid, wish.orchestrate);
  if (state.phase !== "succeeded") throw new Error(`the host of this test is not as it should be: ${JSON.stringify(state.failure)}`);
  driver.outside.write(ctid, "/by-hand", "gone after a restore\n");
  host.faults = options.faults ?? [];
  return host;
}

/** What the application's folder looks like inside the container once a run is over: gone. */
export const runFolder = "/tmp/phoenix_run";
