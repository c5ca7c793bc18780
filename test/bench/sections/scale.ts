// e. How things grow: with containers, and with history.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseSettings } from "../../../src/agent/config/settings.ts";
import { proxmoxDriver } from "../../../src/agent/driver/proxmox/proxmox.ts";
import { ask } from "../../../src/ctl/fleet/host.ts";
import { interleaved, spread, timed } from "../support/measure.ts";
import { row, type Row, type Section, type Size } from "../support/report.ts";
import { growHistory, simStage } from "../support/sim.ts";
import { atEnd, command, executables, runs, startAgent } from "../support/stage.ts";

export async function scale(size: Size): Promise<Section> {
  const counts = size.pick([10, 100], [10, 100, 1000]);
  const parts = [await observing(counts, size), await hosts(counts, size), await history(size)];
  return {
    letter: "e",
    title: "How things grow",
    rows: parts.flatMap(({ rows }) => rows),
    notes: [
      ...parts.map(({ growth }) => growth),
      "observe() is that of the Proxmox driver, over a folder with as many N.conf with two snapshots each; `ps` and boot plans are of simulated hosts.",
    ],
  };
}

interface Part {
  readonly rows: readonly Row[];
  readonly growth: string;
}

/** The power of its size with which something grows, from the smallest to the largest: 0 not at all, 1 linearly. */
export function growth(what: string, points: readonly (readonly [size: number, ms: readonly number[]])[]): string {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return "";
  const power = Math.log(spread(last[1]).median / spread(first[1]).median) / Math.log(last[0] / first[0]);
  return `${what}: from ${first[0]} to ${last[0]} the time grows with the power ${power.toFixed(2)} (1 would be linear).`;
}

async function observing(counts: readonly number[], size: Size): Promise<Part> {
  const folder = mkdtempSync(join(tmpdir(), "phoenix-bench-pve-"));
  const remove = atEnd(() => rmSync(folder, { recursive: true, force: true }));
  const observers = counts.map((count) => {
    const place = (name: string) => join(folder, String(count), name);
    for (const name of ["lxc", "lock", "run"]) mkdirSync(place(name), { recursive: true });
    writeFileSync(place("storage.cfg"), "btrfs: btr\n\tpath /srv/btr\n\tcontent rootdir\n");
    for (let vmid = 1000; vmid < 1000 + count; vmid += 1) writeFileSync(join(place("lxc"), `${vmid}.conf`), conf(vmid));
    const settings = {
      ...parseSettings("driver: proxmox", "/etc/phoenix/agent.yaml").proxmox,
      pct: "/bin/false",
      config_dir: place("lxc"),
      lock_dir: place("lock"),
      lxc_path: place("run"),
      storage_cfg: place("storage.cfg"),
      qemu_config_dir: place("none"),
      qemu_pid_dir: place("none"),
      warm: false,
    };
    const quiet = { trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    const driver = proxmoxDriver(settings, { state_dir: place("lock"), log: quiet });
    return [String(count), () => timed(() => driver.observe())] as const;
  });
  const taken = await interleaved(size.pick(2, 20), Object.fromEntries(observers));
  remove();
  const points = counts.map((count) => [count, taken[String(count)] ?? []] as const);
  return { rows: points.map(([count, ms]) => row(`observe(), ${count} containers`, "ms", ms)), growth: growth("observe()", points) };
}

function conf(vmid: number): string {
  const section = `arch: amd64\ncores: 2\nhostname: c${vmid}\nmemory: 2048\nnet0: name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,ip=dhcp,type=veth\nostype: debian\nrootfs: btr:${vmid}/vm-${vmid}-disk-0.raw,size=8G\nswap: 512\nunprivileged: 1\n`;
  return `${section}parent: final-form\n\n[pre-configured]\n${section}snaptime: 1767225600\n\n[final-form]\n${section}parent: pre-configured\nsnaptime: 1767312000\n`;
}

async function hosts(counts: readonly number[], size: Size): Promise<Part> {
  const ps: Record<string, number[]> = {};
  const plans: Record<string, number[]> = {};
  for (const count of counts) {
    const stage = simStage(count, { dependencies: (ctid) => (ctid % 10 === 0 ? [] : [ctid - (ctid % 10)]) });
    const agent = await startAgent(stage);
    const taken = await interleaved(size.pick(2, 10), {
      ps: () => command([executables.ctl, "ps"], { PHOENIX_SOCKET: stage.socket }),
      plan: () => timed(() => ask(agent.host, agent.host.services.boot.PlanBoot, { ctids: [] })),
    });
    [ps[count], plans[count]] = [taken.ps, taken.plan];
    await agent.stop();
    stage.dispose();
  }
  const of = (all: Readonly<Record<string, number[]>>) => counts.map((count) => [count, all[count] ?? []] as const);
  return {
    rows: [
      ...of(ps).map(([count, ms]) => row(`\`phoenixctl ps\`, ${count} containers`, "ms", ms)),
      ...of(plans).map(([count, ms]) => row(`boot plan, ${count} containers`, "ms", ms)),
    ],
    growth: `${growth("`ps`", of(ps))} ${growth("Boot plan", of(plans))}`,
  };
}

async function history(size: Size): Promise<Part> {
  const lengths = size.pick([10, 1000], [100, 10_000, 100_000]);
  const points: (readonly [number, number[]])[] = [];
  const stage = simStage(10);
  const first = await startAgent(stage);
  await runs(first.host, "RUN_KIND_LETSGO", [900]);
  await first.stop();
  let there = 1;
  for (const length of lengths) {
    growHistory(stage, length - there, there);
    there = length;
    const ms: number[] = [];
    for (let round = 0; round < size.pick(1, 5); round += 1) {
      let agent = first;
      ms.push(await timed(async () => (agent = await startAgent(stage))));
      await agent.stop();
    }
    points.push([length, ms]);
  }
  stage.dispose();
  return {
    rows: points.map(([length, ms]) => row(`start of an agent with ${length.toLocaleString("en")} runs in its history`, "ms", ms)),
    growth: growth("Start of an agent with a history", points),
  };
}
