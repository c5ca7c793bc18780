// g. Many hosts, and what a shell asks at each press of Tab.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostsText } from "../../../src/ctl/fleet/hosts-shape.ts";
import { noHosts, type Hosts } from "../../../src/ctl/fleet/hosts.ts";
import { openNetwork } from "../../ctl/support/network.ts";
import { closeHosts } from "../../trust/support/host.ts";
import { interleaved, ratios } from "../support/measure.ts";
import { row, type Section, type Size } from "../support/report.ts";
import { atEnd, command, executables } from "../support/stage.ts";
import { growth } from "./scale.ts";

const perHost = 10;

export async function fleet(size: Size): Promise<Section> {
  const counts = size.pick([1, 10], [1, 10, 100, 200]);
  const most = Math.max(...counts);
  const ctidsOf = (at: number) => Array.from({ length: perHost }, (_, index) => 1000 + at * perHost + index);
  const homes = Array.from({ length: most }, (_, at) => [`pve${at + 1}`, { kind: "agent" as const, ctids: ctidsOf(at) }] as const);
  const network = await openNetwork(Object.fromEntries(homes));
  const folder = mkdtempSync(join(tmpdir(), "phoenix-bench-fleet-"));
  const remove = atEnd(() => rmSync(folder, { recursive: true, force: true }));
  const { hosts } = JSON.parse(readFileSync(join(network.config, "hosts.json"), "utf8")) as Hosts;
  const sides = counts.map((count) => {
    const config = join(folder, String(count));
    mkdirSync(config, { mode: 0o700 });
    cpSync(join(network.config, "credentials"), join(config, "credentials"), { recursive: true });
    const some = Object.fromEntries(Object.entries(hosts).slice(0, count));
    writeFileSync(join(config, "hosts.json"), hostsText({ ...noHosts, hosts: some }), { mode: 0o600 });
    const env = { PHOENIX_CONFIG_DIR: config, PHOENIX_CACHE_DIR: join(config, "cache") };
    return { count, env, ps: () => command([executables.ctl, "ps", "--all-hosts"], env) };
  });
  const taken = await interleaved(size.pick(2, 10), Object.fromEntries(sides.map(({ count, ps }) => [String(count), ps])));
  await network.close();
  await closeHosts();

  // All of them have told of their containers by now, so this is completed from what is remembered.
  const env = sides.at(-1)?.env ?? {};
  const asked = await interleaved(size.pick(2, 30), {
    node: () => command([process.execPath, "-e", "0"]),
    complete: () => command([executables.ctl, "__complete", "letsgo", "10"], env),
  });
  remove();
  const beyond = asked.complete.map((ms, round) => ms - (asked.node[round] ?? Number.NaN));
  const points = counts.map((count) => [count, taken[String(count)] ?? []] as const);
  return {
    letter: "g",
    title: "Many hosts",
    rows: [
      ...points.map(([count, ms]) => row(`\`phoenixctl ps --all-hosts\`, ${count === 1 ? "1 host" : `${count} hosts`}`, "ms", ms)),
      row(`completing a CTID, ${most} hosts known`, "ms", asked.complete, {
        beside: { what: "`node -e 0`", theirs: asked.node },
        ratio: ratios(asked.complete, asked.node),
      }),
      row("the same, beyond `node -e 0`", "ms", beyond, { goal: { at: "most", value: 100 } }),
    ],
    notes: [
      growth("Fan-out", points),
      `The hosts are simulated, with ${perHost} containers each and an address of its own on loopback: for each, the client makes a connection over mutual TLS. All of them are served by the process that measures.`,
    ],
  };
}
