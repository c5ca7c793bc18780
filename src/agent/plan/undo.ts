import type { ContainerConfig } from "../config/manifest-types.ts";
import type { Container, WantedVolume } from "../domain/container.ts";
import type { OnFailure } from "../domain/plan.ts";
import type { Step } from "../domain/step.ts";
import { settingsAgain } from "./base.ts";
import { attach, configure, health, ready, restore, retag, start } from "./steps.ts";
import { finalForm, inTheWay, snapshotOf, unnamed, type Subject } from "./subject.ts";

/**
 * The steps that bring a container back to its last final-form, with the settings and mounts that it has now, and start it.
 * Empty when the owner wants it kept as the failure left it, or when there will be no final-form that the storage can go back to.
 */
export function undoSteps(subject: Subject, onFailure: OnFailure, finalFormIs: "kept" | "deleted first"): readonly Step[] {
  const { container, config } = subject;
  const old = snapshotOf(subject, finalForm);
  const isReachable = finalFormIs === "kept" && inTheWay(subject, finalForm).length === 0;
  if (container === null || old === null || onFailure === "keep" || !isReachable) return [];
  const steps = [
    { ...restore(old), title: `back to ${finalForm}` },
    configure(settingsAgain(container, null), container.settings, "as they were before the run"),
    ...attach({ volumes: foreseen(config, container), mounts: [] }, container.attachments),
    start(),
    ready(config),
    ...(config === null ? [] : health(config)),
  ];
  return retag("undo", "leave", steps);
}

/** Volumes that an earlier run of the same queue will have made by then. */
function foreseen(config: ContainerConfig | null, { attachments }: Container): readonly WantedVolume[] {
  const paths = new Set(attachments.flatMap(({ source, container_path }) => (source === unnamed ? [container_path] : [])));
  return (config?.volumes ?? []).filter(({ mount_point }) => paths.has(mount_point));
}
