import type { ContainerConfig } from "../config/manifest-types.ts";
import { settingChanges, type Container, type Snapshot } from "../domain/container.ts";
import { emptyLedger } from "../domain/ledger.ts";
import type { Plan, RunRequest } from "../domain/plan.ts";
import type { Origin, Step } from "../domain/step.ts";
import { backToBase, wantedSettings } from "./base.ts";
import { endsRunning, power, powerStep } from "./power.ts";
import { applicationOf, applicationSteps, featureSteps } from "./provision.ts";
import { onFailureOf } from "./renew.ts";
import { attach, configure, create, deleteSnapshot, ifStopped, preflight, ready, retag, shutDown, start, takeSnapshot } from "./steps.ts";
import { finalForm, inTheWay, preConfigured, snapshotOf, type Subject } from "./subject.ts";
import { undoSteps } from "./undo.ts";

type Orchestrate = Extract<RunRequest, { kind: "orchestrate" }>;

/** Brings a container to what the manifest says. What is so already is not done again, so a second run has nothing to do. */
export function orchestrateSteps(subject: Subject, config: ContainerConfig, request: Orchestrate): Pick<Plan, "steps" | "undo"> {
  const { container } = subject;
  if (container === null) return { steps: newContainer(subject, config, request), undo: [] };
  const base = snapshotOf(subject, preConfigured);
  if (request.baseline === "replace" && base !== null) return rebaselined(subject, config, base, request);
  return { steps: existingContainer(subject, config, container, request), undo: [] };
}

function newContainer(subject: Subject, config: ContainerConfig, request: Orchestrate): readonly Step[] {
  const origin = originOf(subject, config);
  if (origin === null) return [preflight("")];
  const again = retag("again", "leave", [start(), ready(config)]);
  return [
    preflight("it does not exist yet"),
    create(config, origin),
    ...attach(config, []),
    start(),
    ready(config),
    ...featureSteps(subject, config, emptyLedger.live, again),
    ...takeSnapshot(subject, preConfigured, "before the application", null, "leave"),
    ...applicationSteps(subject, config, cleanAgain(subject, config)),
    ...takeSnapshot(subject, finalForm, "after orchestrate", null, "leave"),
    ...templateSnapshot(subject, config, [preConfigured, finalForm]),
    ...powerStep(subject, config, power(subject, config, request.power)),
  ];
}

function existingContainer(subject: Subject, config: ContainerConfig, container: Container, request: Orchestrate): readonly Step[] {
  const settings = wantedSettings(container, config);
  const changes = settingChanges(container.settings, settings);
  const attachments = missingAttachments(config, container) ? attach(config, container.attachments) : [];
  const { live_settings, live_attach } = subject.world.capabilities;
  const isUp = container.state === "running";
  const cold = changes.some(({ key }) => !live_settings.includes(key)) || (attachments.length > 0 && !live_attach);
  const again = retag("again", "leave", [start(), ready(config)]);

  const features = featureSteps(subject, config, subject.ledger.live, again);
  const base = snapshotOf(subject, preConfigured);
  const final = snapshotOf(subject, finalForm);
  const wants = applicationOf(subject, config);
  const due = features.length > 0 || base === null || (wants !== null && wants.hash !== subject.ledger.live["application"]);
  const script = due ? applicationSteps(subject, config, cleanAgain(subject, config)) : [];
  const inside = [
    ...features,
    ...(base === null ? takeSnapshot(subject, preConfigured, "before the application", null, "leave") : []),
    ...script,
    ...(due || final === null ? takeSnapshot(subject, finalForm, "after orchestrate", final, "leave") : []),
    ...templateSnapshot(subject, config, [preConfigured, finalForm]),
  ];

  const wanted = power(subject, config, request.power);
  const mustRun = features.length > 0 || script.length > 0 || endsRunning(subject, wanted);
  const restarted = isUp && cold;
  const goesUp = mustRun && (!isUp || restarted);
  const endsUp = isUp ? !restarted || mustRun : mustRun;
  const off = endsUp && !endsRunning(subject, wanted);
  const up = goesUp ? [start(), ready(config)] : [];
  const steps = [
    ...(restarted ? [shutDown(config.shutdown_timeout_s, "some of the changes need a restart")] : []),
    ...(changes.length > 0 ? [configure(settings, container.settings)] : []),
    ...attachments,
    ...(goesUp ? up : script.length > 0 || features.length > 0 ? [ready(config)] : []),
    ...inside,
  ];
  const last = off || (steps.length > 0 && endsUp) ? powerStep(subject, config, wanted) : [];
  return [preflight(steps.length + last.length === 0 ? "the container is as the manifest says" : ""), ...steps, ...last];
}

/** --rebaseline: from the old pre-configured, never from the state that the application has left, with the features as they are now. */
function rebaselined(subject: Subject, config: ContainerConfig, base: Snapshot, request: Orchestrate): Pick<Plan, "steps" | "undo"> {
  const final = snapshotOf(subject, finalForm);
  const gone = inTheWay(subject, preConfigured);
  const lost = gone.some(({ name }) => name === finalForm);
  const undo = undoSteps(subject, onFailureOf(config, request.on_failure), lost ? "deleted first" : "kept");
  const back = undo.length > 0 ? "undo" : "leave";
  const clean = backToBase(base, config, subject.container);
  const again = retag("again", back, clean);
  const applied = subject.ledger.snapshots[preConfigured] ?? {};
  const steps = [
    preflight(""),
    ...gone.map((newer) => deleteSnapshot(newer, `this storage can only go back to its newest snapshot, and ${preConfigured} is older`)),
    ...ifStopped(back, [...clean, ...featureSteps(subject, config, applied, retag("again", back, [start(), ready(config)]))]),
    ...takeSnapshot(subject, preConfigured, "before the application, rebaselined", base, back),
    ...ifStopped(back, applicationSteps(subject, config, again)),
    ...takeSnapshot(subject, finalForm, "after orchestrate", lost ? null : final, back),
    ...templateSnapshot(subject, config, [preConfigured, finalForm]),
    ...powerStep(subject, config, power(subject, config, request.power)),
  ];
  return { steps, undo };
}

/** Where a missing container comes from; null when that can't be had (preflight says why). */
export function originOf(subject: Subject, config: ContainerConfig): Origin | null {
  if (config.origin.from === "template") return config.origin;
  if (config.origin.from === "existing") return null;
  const source = subject.world.manifest.containers.get(config.origin.source);
  const snapshot = source?.template_snapshot ?? preConfigured;
  return { from: "clone", source: config.origin.source, snapshot };
}

function missingAttachments(config: ContainerConfig, container: Container): boolean {
  const attached = new Set(container.attachments.map(({ container_path }) => container_path));
  const wanted = [...config.volumes.map((volume) => volume.mount_point), ...config.mounts.map((mount) => mount.container_path)];
  return wanted.some((path) => !attached.has(path));
}

/** The snapshot that clones start from, where it is neither of the two that every container has. */
function templateSnapshot(subject: Subject, config: ContainerConfig, known: readonly string[]): readonly Step[] {
  const name = config.template_snapshot;
  if (name === null || known.includes(name) || snapshotOf(subject, name) !== null) return [];
  return takeSnapshot(subject, name, "for clones", null, "leave");
}

/**
 * What has to be done before the application script can be run a second time: back to pre-configured, which is there by then
 * in any case, and the features that an old one is without. Where the storage can't go back to it, the script is repeated on
 * what its first run has left.
 */
function cleanAgain(subject: Subject, config: ContainerConfig): readonly Step[] {
  const old = snapshotOf(subject, preConfigured);
  const base = old ?? { name: preConfigured, created: null, parent: null, description: "", run: null, schedule: null };
  if (inTheWay(subject, preConfigured).length > 0) return retag("again", "leave", [start(), ready(config)]);
  const up = retag("again", "leave", [start(), ready(config)]);
  const features = old === null ? [] : featureSteps(subject, config, subject.ledger.snapshots[preConfigured] ?? {}, up);
  return retag("again", "leave", [...backToBase(base, config, subject.container), ...features]);
}
