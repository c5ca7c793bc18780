// What goes into a support bundle. Each part is looked at by itself: what is broken is mostly why somebody asks for help.
import { existsSync, readFileSync } from "node:fs";
import { cpus, freemem, hostname, loadavg, release, totalmem, uptime } from "node:os";
import { hostRemarks } from "../check-host.ts";
import { checkReport } from "../config/check.ts";
import { readJson } from "../config/json-source.ts";
import { openScripts } from "../config/scripts.ts";
import { ownPool, type AgentSettings } from "../config/settings.ts";
import { readYaml } from "../config/yaml-source.ts";
import { Fault, toFailure } from "../domain/errors.ts";
import { silent } from "../domain/log.ts";
import { openDriver } from "../driver/open.ts";
import { capture } from "../driver/process.ts";
import { manifestOf } from "../gather.ts";
import { lookAtGpus } from "../gpu/look.ts";
import { withAgent } from "../local.ts";
import { openReport, type StoreReport } from "../store/report.ts";
import { version } from "../version.ts";

/** A part as it is looked at: data, which becomes JSON, or a text. */
export interface Source {
  readonly name: string;
  readonly what: string;
  readonly look: () => unknown;
}

const newest = { runs: 20, events: 500, logLines: 2000, output: 500 };
const most = { runs: 100_000 };

/** Milliseconds that a part may take; a platform that hangs costs no more than that. */
export const patience = 20_000;

/** The sources of a host. What needs settings that can't be read is left out. */
export function sourcesOf(settingsFile: string, settings: AgentSettings | null): readonly Source[] {
  const always: readonly Source[] = [
    { name: "versions.json", what: "versions of agent, Node.js, kernel and distribution; memory, load", look: versions },
    { name: "settings.json", what: "what agent.yaml says", look: () => settingsValue(settingsFile) },
    { name: "agent.log", what: `the last ${newest.logLines} lines of the agent in journald`, look: journald },
  ];
  if (settings === null) return always;
  const ofStore = (look: (report: StoreReport) => unknown) => () => {
    const report = openReport(settings.state_dir);
    try {
      return look(report);
    } finally {
      report.close();
    }
  };
  return [
    ...always,
    { name: "manifest.json", what: "the manifest", look: () => manifestValue(settings.manifest) },
    { name: "scripts.json", what: "names and hashes of scripts and features, not what is in them", look: () => scriptNames(settings) },
    { name: "check.txt", what: "what phoenix-agent check says", look: () => check(settings) },
    { name: "doctor.json", what: "what phoenixctl doctor says, by the agent that runs", look: () => examined(settings.socket) },
    { name: "platform.json", what: "the driver, what it can do, containers and their snapshots", look: () => platform(settings) },
    { name: "gpus.json", what: "what nvidia-smi says", look: () => gpus(settings) },
    { name: "database.json", what: "version, sizes and rows of the database", look: ofStore((report) => report.statistics()) },
    {
      name: "events.json",
      what: `the last ${newest.events} events`,
      look: ofStore((report) => report.events().newest(null, everything, newest.events)),
    },
    { name: "runs.json", what: `the last ${newest.runs} runs, their plans, and what happened in them`, look: ofStore(runs) },
    {
      name: "output.txt",
      what: `the last ${newest.output} lines of what scripts printed in those of them that failed`,
      look: ofStore(outputs),
    },
  ];
}

const everything = { level: "info", ctid: null } as const;
const lately = { ctid: null, phases: [], limit: newest.runs, before: null };

function versions(): unknown {
  const osRelease = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  return {
    agent: version,
    node: process.version,
    distribution: /^PRETTY_NAME="?([^"\n]*)/m.exec(osRelease)?.[1] ?? "",
    kernel: release(),
    host: hostname(),
    at: new Date().toISOString(),
    up_s: Math.round(uptime()),
    processors: cpus().length,
    load: loadavg(),
    memory_bytes: { total: totalmem(), free: freemem() },
  };
}

/** By its keys, so that secrets are known by their names, however they are written. */
export function settingsValue(file: string): unknown {
  const source = readYaml(readFileSync(file, "utf8"));
  if ("message" in source) throw new Fault("INVALID", `${file}:${source.line}: ${source.message}`);
  const { value } = source;
  const notify = typeof value === "object" && value !== null && "notify" in value ? value.notify : null;
  if (typeof notify !== "object" || notify === null || !("url" in notify)) return value;
  // Who knows the path of a webhook can often post to it.
  return { ...(value as object), notify: { ...notify, url: URL.parse(String(notify.url))?.origin ?? "…" } };
}

export function manifestValue(file: string): unknown {
  const source = readJson(readFileSync(file));
  if ("message" in source) throw new Fault("MANIFEST", `${file}:${source.line}: ${source.message}`);
  return source.value;
}

function scriptNames(settings: AgentSettings): unknown {
  const { files, problems } = openScripts(settings.scripts, settings.features).read();
  return { scripts: Object.fromEntries(files.scripts), features: Object.fromEntries(files.features), problems };
}

async function check(settings: AgentSettings): Promise<string> {
  const manifest = manifestOf(settings);
  const onHost = await hostRemarks(settings, manifest);
  return `${checkReport(settings, manifest, openScripts(settings.scripts, settings.features).read(), onHost).lines.join("\n")}\n`;
}

async function examined(socket: string): Promise<unknown> {
  return (await withAgent(socket, (ask) => ask(({ host }) => host.Examine, {}))).findings;
}

async function platform(settings: AgentSettings): Promise<unknown> {
  // Its folder would be made by looking.
  if (settings.driver === "lxc" && settings.lxc.path === ownPool(settings.state_dir) && !existsSync(settings.lxc.path))
    throw new Fault("STORE", `${settings.lxc.path} is not there: the agent has not been started yet`);
  const driver = openDriver(settings, silent);
  const { containers, machines, autostart, free_bytes } = await driver.observe();
  return {
    driver: driver.platform,
    capabilities: driver.capabilities,
    autostart,
    free_bytes: Object.fromEntries(free_bytes),
    machines: Object.fromEntries(machines),
    containers: [...containers.values()],
  };
}

function gpus({ gpu }: AgentSettings): Promise<unknown> {
  return lookAtGpus(gpu.nvidia_smi, gpu.timeout_s * 1000, Date.now);
}

function journald(): Promise<string> {
  const argv = ["journalctl", "--unit=phoenix-agent", `--lines=${newest.logLines}`, "--output=cat", "--no-pager"];
  return capture(argv, { signal: AbortSignal.timeout(patience) });
}

function runs(report: StoreReport): unknown {
  const journal = report.journal();
  return journal.runs(lately).map((record) => ({ ...record, story: journal.story(record.id) }));
}

function outputs(report: StoreReport): string {
  const journal = report.journal();
  const failed = journal.runs(lately).filter(({ state }) => state.phase === "failed");
  const texts = failed.map(({ id, plan }) => {
    const printed = journal
      .events(id, 0, most.runs)
      .flatMap(({ event }) => (event.type === "output" ? [event.text] : []))
      .join("");
    const lines = printed.split("\n").slice(-newest.output);
    return `== ${plan.request.kind} of ${plan.request.ctid}, run ${id}\n${lines.join("\n")}\n`;
  });
  return texts.length === 0 ? "no run of these has failed\n" : texts.join("\n");
}

/** Looks at one; never throws, and takes no longer than `patience`. */
export async function lookAt(
  source: Source,
): Promise<{ readonly known: true; readonly value: unknown } | { readonly known: false; readonly why: string }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Fault("TIMEOUT", `no answer for ${patience / 1000} s`)), patience);
  });
  try {
    return { known: true, value: await Promise.race([(async () => source.look())(), late]) };
  } catch (thrown) {
    return { known: false, why: toFailure(thrown).message };
  } finally {
    clearTimeout(timer);
  }
}
