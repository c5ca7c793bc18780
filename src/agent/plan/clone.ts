import { networkText, parseNetwork, type Container, type Settings } from "../domain/container.ts";
import type { Plan, RunRequest } from "../domain/plan.ts";
import type { Origin } from "../domain/step.ts";
import { created, destroy, ifStopped, preflight, ready, retag, start } from "./steps.ts";
import { subjectOf, type Subject } from "./subject.ts";
import { attachmentsText } from "./words.ts";
import type { World } from "./world.ts";

export type Clone = Extract<RunRequest, { kind: "clone" }>;

/** The longest name that a host can have. */
const longestName = 63;

/** A container of another number, with the root file system of the source. When it can't be had whole, nothing of it stays. */
export function cloneSteps(subject: Subject, request: Clone): Pick<Plan, "steps" | "undo"> {
  const source = subjectOf(request.source, subject.world);
  if (source.container === null) return { steps: [preflight("")], undo: [] };
  const name = nameOfClone(request, subject.world);
  const made = created({
    origin: originOf(request),
    name,
    pool: "",
    unprivileged: false,
    settings: { ...settingsOfClone(source.container), hostname: name },
  });
  const up = request.power === "on" ? [start(), ready(null)] : [];
  return { steps: [preflight(""), ...ifStopped("undo", [made, ...up])], undo: retag("undo", "leave", [destroy()]) };
}

/** What the owner may miss in the clone. */
export function cloneWarnings(subject: Subject, request: Clone): readonly string[] {
  const { container } = subjectOf(request.source, subject.world);
  if (container === null) return [];
  const { ip } = parseNetwork(container.settings.network ?? "");
  const isStatic = ip !== null && ip !== "dhcp";
  // Proxmox copies the volumes that a snapshot has captured.
  const copied = subject.world.platform === "proxmox" && request.of.at === "snapshot";
  const missing = container.attachments.filter(({ in_snapshots }) => !(in_snapshots && copied));
  const gpus = container.settings.gpus ?? "";
  return [
    ...(missing.length === 0 ? [] : [`without ${attachmentsText(missing)} of ${request.source}`]),
    ...(isStatic ? [`its address comes by DHCP: ${ip} stays ${request.source}'s`] : []),
    ...(gpus === "" ? [] : [`without access to GPU ${gpus}`]),
    ...(gpus === "" && container.gpu_access ? [`with the access to GPUs that lines of ${request.source} give it`] : []),
    ...(subject.config === null ? [] : [`${request.ctid} is in the manifest: orchestrate makes it what that says`]),
  ];
}

function originOf({ source, of }: Clone): Origin {
  return of.at === "now" ? { from: "live", source } : { from: "clone", source, snapshot: of.name };
}

/** The name that a clone gets: its source's, with the new number behind it. */
export function nameOfClone({ source, ctid }: Clone, world: World): string {
  const end = `-${ctid}`;
  return `${subjectOf(source, world).name.slice(0, longestName - end.length)}${end}`;
}

/**
 * What a clone has otherwise than its source, so that both can run: an address of its own, no GPU, none of the host's folders. What
 * is not in here it has from its source; hardware address, boot membership and mounts its driver leaves out.
 */
function settingsOfClone({ settings }: Container): Settings {
  const { network, raw, gpus } = settings;
  return {
    ...(network === undefined ? {} : { network: ownAddress(network) }),
    ...(gpus === undefined ? {} : { gpus: "" }),
    ...(raw === undefined ? {} : { raw: raw.split("\n").filter(sharesNothing).join("\n") }),
  };
}

function ownAddress(text: string): string {
  const network = parseNetwork(text);
  return networkText({ ...network, ip: network.ip === null ? null : "dhcp", gateway: null, hwaddr: null });
}

/** Raw lines can mount folders and GPUs of the host, give addresses, and start with the host. */
function sharesNothing(line: string): boolean {
  const at = line.indexOf("=");
  const key = line.slice(0, Math.max(0, at)).trim();
  const value = line.slice(at + 1).trim();
  if (key === "lxc.mount.entry") return !/^\/(?!dev\/|proc\/|sys\/)|^\/dev\/(?:nvidia|dri)/.test(value);
  // NVIDIA's own major number.
  if (/^lxc\.cgroup2?\.devices\.allow$/.test(key)) return !/^[ab*]*c?\s*195:/.test(value);
  return !/^lxc\.(?:start\.|group$|net\.\d+\.(?:hwaddr|ipv[46]\.))/.test(key);
}
