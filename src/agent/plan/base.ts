import type { ContainerConfig } from "../config/manifest-types.ts";
import { mergedRaw, settingKeys, type Container, type Settings, type Snapshot } from "../domain/container.ts";
import type { Step } from "../domain/step.ts";
import { attach, configure, ready, restore, start } from "./steps.ts";

/** Restores a snapshot and brings the container up on it. Doing it twice is the same as once. `container` is as it was before the run. */
export function backToBase(base: Snapshot, config: ContainerConfig, container: Container | null): readonly Step[] {
  return [
    restore(base),
    configure(settingsAgain(container, config), container?.settings ?? {}, "as in the manifest, applied again"),
    ...attach(config, container?.attachments ?? []),
    start(),
    ready(config),
  ];
}

/**
 * The settings that are applied after a restore, which takes them back with it: what the manifest wants, and what the
 * container has besides; what it has not, the snapshot may have, so that is taken away. A disk never shrinks, so it gets the
 * larger of both sizes.
 */
export function settingsAgain(container: Container | null, config: ContainerConfig | null): Settings {
  const sizes = [container?.settings.disk_gb, config?.settings.disk_gb].flatMap((size) => (size === undefined ? [] : [Number(size)]));
  const disk = sizes.length === 0 ? {} : { disk_gb: String(Math.max(...sizes)) };
  const none = container === null ? {} : Object.fromEntries(settingKeys.map((key) => [key, ""]));
  return { ...none, ...container?.settings, ...(config === null ? {} : wantedSettings(container, config)), ...disk };
}

/** The manifest's settings. Raw lines that the container has besides stay: hands and feature scripts of the host write such, for GPUs and mounts. */
export function wantedSettings(container: Container | null, { settings }: ContainerConfig): Settings {
  const live = container?.settings.raw;
  return settings.raw === undefined || live === undefined ? settings : { ...settings, raw: mergedRaw(live, settings.raw) };
}
