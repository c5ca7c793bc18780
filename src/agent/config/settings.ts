import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type * as z from "zod";
import type { BootOwner } from "../domain/boot.ts";
import { Fault } from "../domain/errors.ts";
import { systemWords } from "../domain/system-words.ts";
import { settingsShape } from "./settings-shape.ts";
import { fit, shown, type Mismatch } from "./shape.ts";
import { readYaml } from "./yaml-source.ts";

type Given = z.output<typeof settingsShape>;

/** The agent's own settings, with every default filled in and every path absolute. */
export interface AgentSettings extends Omit<Given, "lxc" | "boot" | "sim" | "listen" | "metrics" | "notify"> {
  /** The file that they were read from. */
  readonly file: string;
  /** address:port; null: no TCP. */
  readonly listen: string | null;
  /** Who is told of runs that have ended; null: nobody. */
  readonly notify: (Omit<Given["notify"], "url" | "secret_file"> & { readonly url: string; readonly secret_file: string }) | null;
  /** Of its address, null means that metrics are off. */
  readonly metrics: { readonly listen: string | null };
  readonly lxc: { readonly path: string };
  /** The owner is that of a host on which nobody has chosen another one (boot owner). */
  readonly boot: Given["boot"] & { readonly owner: BootOwner };
  /** null unless the driver is sim. Of its files, null means none. */
  readonly sim:
    | (Omit<Given["sim"], "state" | "faults" | "log"> & {
        readonly state: string | null;
        readonly faults: string | null;
        readonly log: string | null;
      })
    | null;
}

/** Where the lxc driver keeps its containers when lxc.path does not say. */
export function ownPool(state_dir: string): string {
  return join(state_dir, "lxc");
}

/** Reads agent.yaml. Throws Fault INVALID with a line for everything that is wrong: file:line:column key: expected …, got …. */
export function loadSettings(file: string): AgentSettings {
  try {
    return parseSettings(readFileSync(file, "utf8"), file);
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw invalid(
      [`${file}: the settings can't be read: ${systemWords(error)}`],
      "Write the file, or name another one with --config or PHOENIX_CONFIG.",
    );
  }
}

/** The settings in a text; `file` is for messages, and for the folder that relative paths start from. */
export function parseSettings(text: string, file: string): AgentSettings {
  const source = readYaml(text);
  if ("message" in source) throw invalid([`${file}:${source.line}:${source.column} ${source.message}`]);
  const fitting = fit(settingsShape, source.value);
  const settings = "value" in fitting ? absolute(fitting.value, file) : null;
  const mismatches = [
    ...("mismatches" in fitting ? fitting.mismatches : []),
    ...(settings === null ? [] : contradictions(settings, source.value)),
  ];
  if (settings !== null && mismatches.length === 0) return settings;
  const places = mismatches.map((mismatch) => ({ mismatch, ...source.at(mismatch.path, mismatch.of) }));
  const ordered = places.toSorted((a, b) => a.line - b.line || a.column - b.column);
  throw invalid(
    ordered.map(({ mismatch, line, column }) => `${file}:${line}:${column} ${mismatch.path.join(".") || "settings"}: ${mismatch.message}`),
  );
}

function invalid(lines: readonly string[], remedy = "Correct the settings."): Fault {
  return new Fault("INVALID", lines.join("\n"), remedy);
}

function absolute(given: Given, file: string): AgentSettings {
  const from = (path: string) => resolve(dirname(file), path);
  const maybe = (path: string | undefined) => (path === undefined ? null : from(path));
  const { state, faults, log, ...sim } = given.sim;
  const { url, secret_file, ...notify } = given.notify;
  return {
    ...given,
    file,
    socket: from(given.socket),
    listen: given.listen ?? null,
    notify: url === undefined || secret_file === undefined ? null : { ...notify, url, secret_file: from(secret_file) },
    metrics: { listen: given.metrics.listen ?? null },
    state_dir: from(given.state_dir),
    manifest: from(given.manifest),
    scripts: from(given.scripts),
    features: from(given.features),
    proxmox: proxmoxFrom(given.proxmox, from),
    // Only Proxmox starts containers by itself.
    boot: {
      ...given.boot,
      owner: given.boot.owner ?? (given.driver === "proxmox" ? "proxmox" : "agent"),
      id_file: from(given.boot.id_file),
    },
    // A bare name is looked for in PATH.
    gpu: { ...given.gpu, nvidia_smi: given.gpu.nvidia_smi.includes("/") ? from(given.gpu.nvidia_smi) : given.gpu.nvidia_smi },
    lxc: { path: from(given.lxc.path ?? ownPool(given.state_dir)) },
    sim: given.driver === "sim" ? { ...sim, state: maybe(state), faults: maybe(faults), log: maybe(log) } : null,
  };
}

/** Relative paths start from the folder of agent.yaml, as all of them do. */
function proxmoxFrom({ version, warm, perl_lib, ...paths }: Given["proxmox"], from: (path: string) => string): Given["proxmox"] {
  const places = Object.fromEntries(Object.entries(paths).map(([key, path]) => [key, from(path)])) as typeof paths;
  return { ...places, version, warm, perl_lib: perl_lib.map(from) };
}

/** The longest path that a unix socket can have. */
const maxSocketPath = 107;

function contradictions(settings: AgentSettings, given: unknown): readonly Mismatch[] {
  const found: Mismatch[] = [];
  if (settings.driver !== "sim" && Object.hasOwn(given as object, "sim")) {
    found.push({
      path: ["sim"],
      of: "key",
      message: `expected none with driver: ${settings.driver}; these settings are for driver: sim alone`,
    });
  }
  if (settings.driver !== "proxmox" && settings.boot.owner === "proxmox") {
    found.push({
      path: ["boot", "owner"],
      of: "value",
      message: `expected agent with driver: ${settings.driver}, where nothing else starts containers at boot, got "proxmox"`,
    });
  }
  const { url, secret_file } =
    (given as { readonly notify?: { readonly url?: unknown; readonly secret_file?: unknown } | null }).notify ?? {};
  if ((url === undefined) !== (secret_file === undefined)) {
    const message = `expected both url and secret_file, or neither: what is sent is signed; ${url === undefined ? "url" : "secret_file"} is missing`;
    found.push({ path: ["notify"], of: "value", message });
  }
  const length = Buffer.byteLength(settings.socket);
  if (length > maxSocketPath)
    found.push({
      path: ["socket"],
      of: "value",
      message: `expected a path of at most ${maxSocketPath} bytes, got ${shown(settings.socket)} of ${length}`,
    });
  return found;
}
