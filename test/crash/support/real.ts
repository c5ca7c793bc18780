// Real containers, by plain LXC or by the stand-in for pct, whose agent is killed at moments that a watcher chooses.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Run__Output as Run } from "../../../proto/types.ts";
import { fromTimestamp } from "../../../proto/time.ts";
import { makeHouse, type Ground, type House } from "../../e2e/support/house.ts";
import { startAgent } from "./agent.ts";
import { begin, ended, events, unfinished, withAgent, type Request } from "./client.ts";

const script = `#!/bin/sh
echo working
echo ran >>/root/ran
echo 1 >/data/rows
touch /healthy
sleep 98765 >/dev/null 2>&1 </dev/null &
`;

/** A house with containers of these CTIDs in its manifest: a feature, an application, a data volume and a bind mount. */
export function realHouse(ground: Ground, template: string, pool: string, ctids: readonly number[]): House {
  const house = makeHouse(ground);
  const models = join(house.folder, "models");
  mkdirSync(models);
  house.script("app.sh", script);
  house.script("lxc_setup/base.sh", "#!/bin/sh\necho base >>/root/base\n");
  const container = (ctid: number) => ({
    name: `c${ctid}`,
    template,
    storage_pool: pool,
    memory_mb: 64,
    cores: 1,
    unprivileged: false,
    features: ["base"],
    application_script: "app.sh",
    health_check: { command: "test -f /healthy", retries: 2, interval: 1 },
    volumes: [{ name: "data", pool, size_gb: 1, mount_point: "/data" }],
    mount_points: [{ host_path: models, container_path: "/models" }],
  });
  house.manifest((manifest) => {
    manifest.lxc_configs = Object.fromEntries(ctids.map((ctid) => [ctid, container(ctid)]));
  });
  return house;
}

/** When an agent dies: so many milliseconds after an event of the run, counted from 1 without output. */
export interface Moment {
  readonly event: number;
  readonly after: number;
}

/** Kills an agent at a moment of a run that is asked of it; "too late" when the run had ended by then. */
export async function killedAt(house: House, request: Request, { event, after }: Moment): Promise<"in time" | "too late"> {
  const agent = startAgent(house.folder);
  await agent.up;
  const last = await withAgent(house.folder, async (host) => {
    let seen = 0;
    for await (const each of events(host, (await begin(host, request)).id)) {
      if (!each.output) seen += 1;
      if (seen >= event) return each;
    }
    return null;
  });
  await new Promise((done) => setTimeout(done, after));
  await agent.kill();
  return last === null || last.finished ? "too late" : "in time";
}

/** Sees a run to its end, begun now or by an agent that was killed: what it has left, and the moments that it had. */
export async function seenThrough(
  house: House,
  request: Request,
  random: () => number,
): Promise<{ readonly left: object; readonly moments: readonly Moment[] }> {
  const agent = startAgent(house.folder);
  await agent.up;
  try {
    return await withAgent(house.folder, async (host) => {
      const run = await ended(host, (await begin(host, request)).id);
      const times: number[] = [];
      for await (const event of events(host, run.id)) if (!event.output) times.push(fromTimestamp(event.at) ?? 0);
      return { left: { ...leftInside(house, run), unfinished: await unfinished(host) }, moments: momentsOf(times, random) };
    });
  } finally {
    await agent.kill("SIGTERM");
  }
}

/** At the events of a run, and between them; none is after its end. */
function momentsOf(times: readonly number[], random: () => number): readonly Moment[] {
  return times.slice(0, -1).flatMap((at, index) => [
    { event: index + 1, after: 0 },
    { event: index + 1, after: Math.round(random() * ((times[index + 1] ?? at) - at)) },
  ]);
}

/** What the application and its surroundings have left inside: how often it counts, data, mounts, processes, folders. */
const look = [
  "cat /root/ran",
  "uniq /root/base",
  "cat /data/rows",
  "grep -c -e ' /data ' -e ' /models ' /proc/mounts",
  "ps -o args | grep -c '[s]leep 98765'",
  "ls -d /tmp/phoenix_* 2>/dev/null || true",
].join("; ");

/** What a run has left on its container, in a form in which two can be compared. The agent must be up. */
function leftInside(house: House, run: Run): object {
  const { ctid } = run;
  const shown = JSON.parse(house.ctl("show", String(ctid), "-o", "json").out) as Record<string, unknown> & {
    snapshots: { name: string; run_id: string }[];
  };
  const { state, health, lock, active_run_id, settings, mounts, features, notes } = shown;
  const left = {
    run: [run.state, run.outcome.replaceAll(/ of \d{4}-[^ .,]+/g, "")],
    container: { state, health, lock, active_run_id, settings, mounts, features, notes },
    snapshots: shown.snapshots.map(({ name, run_id }) => [name, run_id === run.id ? "this run" : "another run"]),
    inside: house.inside(ctid, look).split("\n"),
  };
  // A container has its number in names and, where the platform makes them up, addresses of its own.
  const text = JSON.stringify(left)
    .replaceAll(String(ctid), "CTID")
    .replaceAll(/hwaddr=[0-9A-Fa-f:]+/g, "hwaddr=");
  return JSON.parse(text) as object;
}
