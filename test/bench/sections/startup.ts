// c. Start-up, size and memory of the executables.
import { statSync } from "node:fs";
import { interleaved, ratios, timed } from "../support/measure.ts";
import { growHistory, simStage } from "../support/sim.ts";
import { row, type Section, type Size } from "../support/report.ts";
import { command, executables, memoryOf, runs, startAgent } from "../support/stage.ts";

export async function startup(size: Size): Promise<Section> {
  const rounds = size.pick(2, 40);
  const stage = simStage(10);
  const agent = await startAgent(stage);
  const env = { PHOENIX_SOCKET: stage.socket };
  const taken = await interleaved(rounds, {
    node: () => command([process.execPath, "-e", "0"]),
    version: () => command([executables.ctl, "version"]),
    alone: () => command([executables.ctl, "--version"]),
    ps: () => command([executables.ctl, "ps"], env),
  });
  await agent.stop();
  const starts: number[] = [];
  for (let round = 0; round < size.pick(2, 10); round += 1) {
    let started = agent;
    starts.push(await timed(async () => (started = await startAgent(stage))));
    await started.stop();
  }
  const beside = { what: "`node -e 0`", theirs: taken.node };
  const mb = (file: string) => [statSync(file).size / 1e6];
  return {
    letter: "c",
    title: "Start-up, size and memory",
    rows: [
      row("`phoenixctl version`", "ms", taken.version, {
        beside,
        ratio: ratios(taken.version, taken.node),
        goal: { at: "most", value: 1.3 },
      }),
      row("`phoenixctl --version`", "ms", taken.alone, { beside, ratio: ratios(taken.alone, taken.node) }),
      row("`phoenixctl ps`", "ms", taken.ps, { beside, ratio: ratios(taken.ps, taken.node), goal: { at: "most", value: 2 } }),
      row("the agent, from exec to serving", "ms", starts),
      row("`phoenix-agent`, size", "MB", mb(executables.agent)),
      row("`phoenixctl`, size", "MB", mb(executables.ctl)),
      ...(await memory(size)),
    ],
    notes: [
      "Memory is VmRSS, in which the mapped pages of the executable count; of its own are RssAnon and RssShmem.",
      "`phoenixctl version` finds no agent here, and asks none.",
      "An hour of work: 120 letsgos, one every 30 s, done without the pauses.",
    ],
  };
}

async function memory(size: Size) {
  const small = simStage(10);
  const first = await startAgent(small);
  const before = memoryOf(first.pid);
  for (let done = 0; done < size.pick(4, 120); done += 4) await runs(first.host, "RUN_KIND_LETSGO", [900, 901, 902, 903]);
  const after = memoryOf(first.pid);
  await first.stop();
  small.dispose();

  const large = simStage(100);
  const filling = await startAgent(large);
  await runs(filling.host, "RUN_KIND_LETSGO", [900]);
  await filling.stop();
  growHistory(large, size.pick(100, 10_000));
  const second = await startAgent(large);
  await command([executables.ctl, "ps"], { PHOENIX_SOCKET: large.socket });
  const full = memoryOf(second.pid);
  await second.stop();
  large.dispose();
  const goal = { goal: { at: "most", value: 90 } } as const;
  return [
    row("the agent's memory, just started", "MB", [before.resident]),
    row("after an hour of work", "MB", [after.resident], goal),
    row("with 100 containers and 10,000 runs", "MB", [full.resident], goal),
    row("of that its own, just started", "MB", [before.own]),
    row("its own after an hour of work", "MB", [after.own], goal),
    row("its own with 100 containers and 10,000 runs", "MB", [full.own], goal),
  ];
}
