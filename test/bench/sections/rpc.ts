// d. Calls and streams: on the local socket, over mutual TLS, to many watchers, and a run that prints a lot.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ask, connect, listen, type Host } from "../../../src/ctl/fleet/host.ts";
import { loadHosts } from "../../../src/ctl/fleet/hosts-file.ts";
import { socketPlace } from "../../../src/ctl/fleet/places.ts";
import { entryOf } from "../../../src/ctl/fleet/hosts.ts";
import { interleaved, ratios, spread, timed } from "../support/measure.ts";
import { makePool, whyNoContainers } from "../../support/pool.ts";
import { row, type Row, type Section, type Size } from "../support/report.ts";
import { simStage } from "../support/sim.ts";
import { atEnd, executables, makeStage, runs, startAgent, type RunningAgent, type Stage } from "../support/stage.ts";

export async function rpc(size: Size): Promise<Section> {
  const stage = simStage(1, { listen: "127.0.0.1:0" });
  const agent = await startAgent(stage);
  const secure = await joined(stage);
  try {
    // Over the network a client has 2,000 calls at once and 200 a second (api/limits.ts); all that are made here stay below that.
    const calls = size.pick(20, 800);
    const hosts = { socket: agent.host, ...(typeof secure === "string" ? {} : { tls: secure.host }) };
    return {
      letter: "d",
      title: "Calls and streams",
      rows: [...(await unary(hosts, calls, size.pick(1, 9))), ...(await streams(size)), ...(await large(size))],
      notes: [
        ...(typeof secure === "string" ? [`Mutual TLS was not measured: ${secure}.`] : []),
        "A call is GetHost. Calls per second are those of a burst of 100 with 32 under way at a time, from one client in the process of the benchmark.",
        "Over the network one client may make 200 calls a second for long; that limit is not what is measured here.",
        "Events are those of a run that has printed 20,000 lines, read from the journal; each watcher gets all of them. The stalled one reads nothing.",
      ],
    };
  } finally {
    if (typeof secure !== "string") secure.close();
    await agent.stop();
    stage.dispose();
  }
}

/** The same agent by its TLS address, with a certificate of our own; or why not. */
async function joined({ folder }: Stage): Promise<{ readonly host: Host; readonly close: () => void } | string> {
  const config = mkdtempSync(join(tmpdir(), "phoenix-bench-ctl-"));
  const remove = atEnd(() => rmSync(config, { recursive: true, force: true }));
  const env = { PATH: process.env["PATH"] ?? "", PHOENIX_CONFIG_DIR: config, PHOENIX_CACHE_DIR: config };
  const token = spawnSync(executables.agent, ["token", "create", "--role", "admin", "--config", join(folder, "agent.yaml")], {
    encoding: "utf8",
    env,
  });
  const added = spawnSync(executables.ctl, ["host", "add", "bench", token.stdout.trim()], { encoding: "utf8", env });
  if (token.status !== 0 || added.status !== 0) return `${token.stderr}${added.stderr}`.trim().split("\n")[0] ?? "no certificate";
  const host = await connect({ kind: "known", name: "bench", entry: entryOf(loadHosts(config), "bench"), folder: config });
  return {
    host,
    close: () => {
      host.client.close();
      remove();
    },
  };
}

/** Calls whose rate is measured in one round. */
const burst = 100;

async function unary(hosts: { readonly socket: Host; readonly tls?: Host }, calls: number, rounds: number): Promise<readonly Row[]> {
  const one = (host: Host) => timed(() => ask(host, host.services.host.GetHost, {}));
  const [local, tls]: [number[], number[]] = [[], []];
  for (let made = -50; made < calls; made += 1) {
    const ms = await one(hosts.socket);
    const over = hosts.tls === undefined ? null : await one(hosts.tls);
    if (made < 0) continue;
    local.push(ms);
    if (over !== null) tls.push(over);
  }
  const rate = (host: Host) => async () => {
    let left = burst;
    const lane = async () => {
      for (; left > 0; left -= 1) await ask(host, host.services.host.GetHost, {});
    };
    return (burst * 1000) / (await timed(() => Promise.all(Array.from({ length: 32 }, lane))));
  };
  const { tls: other } = hosts;
  const sides: Record<string, () => Promise<number>> = { socket: rate(hosts.socket), ...(other === undefined ? {} : { tls: rate(other) }) };
  const rates = await interleaved(rounds, sides);
  const secure = tls.length === 0 ? null : { what: "over mTLS", theirs: tls };
  return [
    row("a call on the socket", "ms", local, { beside: secure, ...(secure === null ? {} : { ratio: ratios(local, tls) }) }),
    row("the slowest one of a hundred", "ms", [p99(local)], { beside: secure && { what: "over mTLS", theirs: [p99(tls)] } }),
    row("calls per second on the socket", "/s", rates["socket"] ?? [], {
      beside: rates["tls"] === undefined ? null : { what: "over mTLS", theirs: rates["tls"] },
    }),
  ];
}

/** How fast the events of a run reach watchers. */
async function streams(size: Size): Promise<readonly Row[]> {
  const lines = size.pick(200, 20_000);
  const talking = simStage(1, {
    script: `#!/bin/sh\n${"# sim: echo 0123456789012345678901234567890123456789012345678901234567890123\n".repeat(lines)}`,
  });
  const agent = await startAgent(talking);
  try {
    const [run] = await runs(agent.host, "RUN_KIND_LETSGO", [900]);
    const id = run?.id ?? "";
    const watchers = size.pick(5, 50);
    const alone = async () => rateOf(agent, id, 1, "none");
    const many = async () => rateOf(agent, id, watchers, "none");
    const stalled = async () => rateOf(agent, id, watchers, "one more");
    const taken = await interleaved(size.pick(1, 5), { alone, many, stalled });
    return [
      row("events per second to one watcher", "/s", taken.alone),
      row(`to ${watchers} watchers, all together`, "/s", taken.many, {
        beside: { what: "with one that is stalled", theirs: taken.stalled },
      }),
    ];
  } finally {
    await agent.stop();
    talking.dispose();
  }
}

async function rateOf({ host }: RunningAgent, run_id: string, watchers: number, stalled: "none" | "one more"): Promise<number> {
  const open = () => listen(host, host.services.orchestration.WatchRun, { run_id, from_seq: 0 });
  // On a connection of its own: streams of one share its window.
  const other = stalled === "none" ? null : await connect(socketPlace(host.place.entry.kind === "socket" ? host.place.entry.socket : ""));
  const silent = other === null ? null : listen(other, other.services.orchestration.WatchRun, { run_id, from_seq: 0 }).pause();
  silent?.on("error", () => {});
  let events = 0;
  const ms = await timed(() =>
    Promise.all(
      Array.from({ length: watchers }, async () => {
        for await (const _ of open()) events += 1;
      }),
    ),
  );
  silent?.cancel();
  other?.client.close();
  return (events * 1000) / ms;
}

/** A run whose script prints a lot, in a real container, and how long calls take meanwhile. */
async function large(size: Size): Promise<readonly Row[]> {
  if (whyNoContainers() !== null) return [];
  const mb = size.pick(2, 100);
  const pool = makePool("btrfs", "1G");
  const dispose = atEnd(pool.dispose);
  const container = { name: "bench", template: pool.template, memory_mb: 256, cores: 1, unprivileged: false, application_script: "app.sh" };
  const script = `#!/bin/sh\nyes 0123456789012345678901234567890123456789012345678901234567890123 | head -c ${mb}000000\n`;
  const stage = makeStage(["driver: lxc", `lxc: { path: ${pool.path} }`], { 900: container }, { "app.sh": script });
  const agent = await startAgent(stage);
  const call = () => timed(() => ask(agent.host, agent.host.services.host.GetHost, {}));
  try {
    const quiet: number[] = [];
    for (let made = 0; made < 200; made += 1) quiet.push(await call());
    const meanwhile: number[] = [];
    let printing = true;
    const asking = async () => {
      while (printing) meanwhile.push(await call());
    };
    const asked = asking();
    const took = await timed(() => runs(agent.host, "RUN_KIND_ORCHESTRATE", [900]));
    printing = false;
    await asked;
    return [
      row(`a run that prints ${mb} MB`, "ms", [took]),
      row("a call while it prints", "ms", meanwhile, {
        beside: { what: "before", theirs: quiet },
        // Not made in turns, and not as many of them.
        ratio: [spread(meanwhile).median / spread(quiet).median],
      }),
      row("the slowest one of a hundred while it prints", "ms", [p99(meanwhile)], { beside: { what: "before", theirs: [p99(quiet)] } }),
    ];
  } finally {
    await agent.stop();
    dispose();
    stage.dispose();
  }
}

function p99(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length * 0.99)] ?? Number.NaN;
}
