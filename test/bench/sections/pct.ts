// b. A letsgo over the stand-in for pct with the recorded latencies, beside the calls of pct alone that it can't do without.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makePct } from "../../support/pct/world.ts";
import { whyNoContainers } from "../../support/pool.ts";
import { interleaved, ratios } from "../support/measure.ts";
import { row, type Section, type Size } from "../support/report.ts";
import { atEnd, command, executables, makeStage, runs, startAgent } from "../support/stage.ts";

const title = "letsgo over the stand-in for pct with the recorded latencies, beside its pct calls alone";
const ctid = 950;
const application = "#!/bin/sh\necho provisioned >/root/application\n";

export async function pctLetsgo(size: Size): Promise<Section> {
  const why = whyNoContainers();
  if (why !== null) return { letter: "b", title, rows: [], notes: [`Not measured: no containers can run here (${why}).`] };
  const pct = makePct({ bridges: [], latency: 1 });
  const dispose = atEnd(pct.dispose);
  const folder = pct.pool.hostFolder();
  const [log, logged] = [join(folder, "calls"), join(folder, "pct")];
  writeFileSync(logged, `#!/bin/sh\n{ printf '%s\\037' "$@"; printf '\\036'; } >>'${log}'\nexec '${pct.pct}' "$@"\n`, { mode: 0o755 });
  const { config_dir, lock_dir, lxc_path, storage_cfg } = pct.world;
  const none = `${config_dir}/none`;
  const places = { pct: logged, config_dir, lock_dir, lxc_path, storage_cfg, qemu_config_dir: none, qemu_pid_dir: none, warm: false };
  const container = {
    name: "bench",
    template: pct.template,
    storage_pool: "btr",
    storage_size_gb: 1,
    memory_mb: 256,
    cores: 1,
    unprivileged: false,
    application_script: "app.sh",
  };
  const settings = ["driver: proxmox", `proxmox: ${JSON.stringify(places)}`];
  const stage = makeStage(settings, { [ctid]: container, [ctid + 1]: { ...container, name: "beside" } }, { "app.sh": application });
  const agent = await startAgent(stage);
  try {
    await runs(agent.host, "RUN_KIND_ORCHESTRATE", [ctid, ctid + 1]);
    rmSync(log, { force: true });
    await runs(agent.host, "RUN_KIND_LETSGO", [ctid]);
    const calls = callsIn(existsSync(log) ? readFileSync(log, "utf8") : "");
    const script = join(folder, "bare.sh");
    writeFileSync(join(folder, "app.sh"), application);
    writeFileSync(script, bareScript(pct.pct, lxc_path, calls, folder));
    const taken = await interleaved(size.pick(1, 6), {
      letsgo: () => command([executables.ctl, "letsgo", String(ctid)], { PHOENIX_SOCKET: stage.socket }),
      calls: () => command(["sh", script]),
    });
    return {
      letter: "b",
      title,
      rows: [
        row("`phoenixctl letsgo`, cold pct", "ms", taken.letsgo, {
          beside: { what: "its pct calls in sh", theirs: taken.calls },
          ratio: ratios(taken.letsgo, taken.calls),
          goal: { at: "most", value: 1.05 },
        }),
        row("pct processes of a letsgo", "", [calls.length]),
      ],
      notes: [
        `The calls: ${calls.map((call) => `\`${call[0] ?? ""}\``).join(", ")}. In sh the same ones are made one after the other, with the waiting until the container is up and the application script between start and snapshots.`,
        "The warm pct is not measured: it wants the Perl modules of a real Proxmox. There it saves 0.6 s of each of these calls (facts of the driver's own tests).",
      ],
    };
  } finally {
    await agent.stop();
    dispose();
  }
}

/** The calls that were logged, word by word: words end with a unit separator, calls with a record separator. */
function callsIn(log: string): readonly (readonly string[])[] {
  const calls = log.split("\x1e").slice(0, -1);
  return calls.map((call) => call.split("\x1f").slice(0, -1));
}

/** The same calls for the other container, and what happens inside after its start. */
function bareScript(pct: string, lxcPath: string, calls: readonly (readonly string[])[], folder: string): string {
  const other = String(ctid + 1);
  const lines = calls.map((call) => {
    const words = call.map((word) => `'${(word === String(ctid) ? other : word).replaceAll("'", "'\\''")}'`);
    return `${pct} ${words.join(" ")} >/dev/null`;
  });
  const attach = `lxc-attach -P ${lxcPath} -n ${other} --clear-env --`;
  const inside = [`until ${attach} true </dev/null 2>/dev/null; do sleep 0.01; done`, `${attach} sh -s <${folder}/app.sh`];
  const at = calls.findIndex(([verb]) => verb === "start") + 1;
  return ["set -e", ...lines.slice(0, at), ...inside, ...lines.slice(at), ""].join("\n");
}
