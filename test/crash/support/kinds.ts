// Every kind of run on a simulated host, each on a container of its own, so that they can be tried one by one or all at once.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startAgent } from "./agent.ts";
import { begin, ended, withAgent, type Request } from "./client.ts";
import { furnish, makeFolder } from "./home.ts";

/** What is asked for, and what each comes to; "failing" is undone. */
export const requests: readonly (Request & { readonly comesTo: "RUN_STATE_SUCCEEDED" | "RUN_STATE_FAILED" })[] = [
  { name: "orchestrate with create", kind: "RUN_KIND_ORCHESTRATE", ctid: 901, comesTo: "RUN_STATE_SUCCEEDED" },
  { name: "orchestrate with clone", kind: "RUN_KIND_ORCHESTRATE", ctid: 902, comesTo: "RUN_STATE_SUCCEEDED" },
  { name: "reconfigure", kind: "RUN_KIND_RECONFIGURE", ctid: 903, comesTo: "RUN_STATE_SUCCEEDED" },
  { name: "letsgo", kind: "RUN_KIND_LETSGO", ctid: 904, comesTo: "RUN_STATE_SUCCEEDED" },
  { name: "letsgo, failing", kind: "RUN_KIND_LETSGO", ctid: 905, comesTo: "RUN_STATE_FAILED" },
  { name: "snapshot", kind: "RUN_KIND_SNAPSHOT", ctid: 906, snapshot: "mine", comesTo: "RUN_STATE_SUCCEEDED" },
  { name: "restore", kind: "RUN_KIND_RESTORE", ctid: 907, snapshot: "final-form", comesTo: "RUN_STATE_SUCCEEDED" },
  { name: "delete", kind: "RUN_KIND_DELETE", ctid: 908, snapshot: "mine", comesTo: "RUN_STATE_SUCCEEDED" },
  { name: "clone", kind: "RUN_KIND_CLONE", ctid: 912, source: 900, comesTo: "RUN_STATE_SUCCEEDED" },
  { name: "start", kind: "RUN_KIND_START", ctid: 909, comesTo: "RUN_STATE_SUCCEEDED" },
  { name: "stop", kind: "RUN_KIND_STOP", ctid: 910, comesTo: "RUN_STATE_SUCCEEDED" },
  { name: "restart", kind: "RUN_KIND_RESTART", ctid: 911, comesTo: "RUN_STATE_SUCCEEDED" },
];

const whole = (ctid: number, more: object) => ({
  name: `c${ctid}`,
  memory_mb: 64,
  cores: 1,
  features: ["base", "docker"],
  application_script: ctid === 905 ? "failing.sh" : "app.sh",
  health_check: { command: "test -f /healthy", retries: 2, interval: 1 },
  volumes: [{ name: "data", pool: "local", size_gb: 1, mount_point: "/data" }],
  mount_points: [{ host_path: "/srv/models", container_path: "/models" }],
  ...more,
});

const app = "#!/bin/sh\n# sim: echo working\n# sim: write /healthy yes\n# sim: write /data/rows 1\n";

/** A host on which everything is that the requests need, with its agent stopped. */
export async function settledHost(latency_ms: number): Promise<string> {
  const folder = makeFolder();
  const sim = `sim: { state: sim.json, faults: faults.json, log: calls.log, latency_ms: ${latency_ms} }`;
  const old = requests.filter(({ source }) => source === undefined);
  const containers = Object.fromEntries(old.map(({ ctid }) => [ctid, whole(ctid, { template: "base.tar" })]));
  furnish(folder, {
    settings: ["driver: sim", sim, "runs: { max_parallel: 16 }"],
    containers: {
      ...containers,
      900: { name: "template", template: "base.tar", template_snapshot_name: "golden" },
      902: whole(902, { clone_from_ctid: "900" }),
    },
    files: {
      "bin/app.sh": app,
      "bin/failing.sh": app,
      "bin/lxc_setup/base.sh": "#!/bin/sh\n# sim: write /base yes\n",
      "bin/lxc_setup/phoenix_hypervisor_feature_install_docker.sh": "#!/bin/sh\n# sim: write /docker yes\n",
    },
  });
  await prepare(folder);
  writeFileSync(join(folder, "bin/app.sh"), `${app}# sim: write /version 2\n`);
  writeFileSync(join(folder, "bin/failing.sh"), "#!/bin/sh\n# sim: write /version 2\n# sim: exit 3\n");
  writeFileSync(join(folder, "calls.log"), "");
  return folder;
}

async function prepare(folder: string): Promise<void> {
  const agent = startAgent(folder);
  try {
    await agent.up;
    await withAgent(folder, async (host) => {
      const settle = async (request: Request) => {
        const run = await ended(host, (await begin(host, { ...request, name: `before ${request.name}` })).id);
        if (run.state !== "RUN_STATE_SUCCEEDED") throw new Error(`the host of this test is not as it should be: ${run.failure?.message}`);
      };
      const old = requests.filter(({ ctid, source }) => ctid > 902 && source === undefined);
      await Promise.all([{ name: "template", ctid: 900 }, ...old].map((each) => settle({ ...each, kind: "RUN_KIND_ORCHESTRATE" })));
      await settle({ name: "mine", kind: "RUN_KIND_SNAPSHOT", ctid: 908, snapshot: "mine" });
      await settle({ name: "down", kind: "RUN_KIND_STOP", ctid: 909 });
    });
  } finally {
    await agent.kill("SIGTERM");
  }
}
