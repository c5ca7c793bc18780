import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostsText } from "../../../src/ctl/fleet/hosts-shape.ts";
import type { HostEntry } from "../../../src/ctl/fleet/hosts.ts";
import { writeFileSync } from "node:fs";
import { fakeAgent, type FakeAgent, type Script } from "./fake-agent.ts";
import { phoenixctl, type Options, type Result } from "./in-process.ts";
import { container } from "./samples.ts";

/** Several agents of which only the wire is real, and a client that knows them. */
export interface Fleet {
  readonly folder: string;
  readonly agents: Readonly<Record<string, FakeAgent>>;
  readonly ctl: (args: readonly string[], options?: Options) => Promise<Result>;
  readonly env: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
}

/** A fleet of these hosts: a script each, or "dead" for one whose socket is not there. */
export async function makeFleet(
  scripts: Readonly<Record<string, Script | "dead">>,
  groups: Readonly<Record<string, readonly string[]>> = {},
  byDefault: string | null = null,
): Promise<Fleet> {
  const folder = mkdtempSync(join(tmpdir(), "phoenixctl-fleet-"));
  const agents: Record<string, FakeAgent> = {};
  const hosts: Record<string, HostEntry> = {};
  for (const [name, script] of Object.entries(scripts)) {
    const agent = script === "dead" ? null : await fakeAgent(script);
    if (agent !== null) agents[name] = agent;
    hosts[name] = { kind: "socket", socket: agent?.socket ?? join(folder, `${name}.sock`) };
  }
  writeFileSync(join(folder, "hosts.json"), hostsText({ default: byDefault, hosts, groups }));
  const env = { PHOENIX_CONFIG_DIR: folder, PHOENIX_CACHE_DIR: join(folder, "cache") };
  return {
    folder,
    agents,
    env,
    ctl: (args, options = {}) => phoenixctl(args, { ...options, env: { ...env, ...options.env } }),
    close: async () => {
      await Promise.all(Object.values(agents).map((agent) => agent.close()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A host with these containers. */
export function having(...ctids: readonly number[]): Script {
  const all = ctids.map((ctid) => container(ctid));
  return { ListContainers: ({ ctid }: { ctid: number }) => ({ containers: ctid === 0 ? all : all.filter((each) => each.ctid === ctid) }) };
}
