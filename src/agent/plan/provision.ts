import type { ContainerConfig } from "../config/manifest-types.ts";
import { commonUtils } from "../domain/config.ts";
import type { Applied } from "../domain/ledger.ts";
import type { PushedFile, Step } from "../domain/step.ts";
import { application, feature, health } from "./steps.ts";
import { finalForm, type Subject } from "./subject.ts";
import type { World } from "./world.ts";

/** The name under which scripts read their container's part of the manifest. */
export const pushedManifest = "phoenix_lxc_configs.json";

/** A file that a feature is applied by, and where it runs. null: neither file is there. */
export function featureFile(
  name: string,
  world: World,
): { readonly where: "inside" | "host"; readonly file: string; readonly blob: string } | null {
  const host = `phoenix_hypervisor_feature_install_${name}.sh`;
  const inside = `${name}.sh`;
  const hostBlob = world.files.features.get(host);
  if (hostBlob !== undefined) return { where: "host", file: host, blob: hostBlob };
  const insideBlob = world.files.features.get(inside);
  return insideBlob === undefined ? null : { where: "inside", file: inside, blob: insideBlob };
}

/** A step for each feature whose script is not the one that was applied, in the manifest's order. */
export function featureSteps(subject: Subject, config: ContainerConfig, applied: Applied, again: readonly Step[]): readonly Step[] {
  return config.features.flatMap((name) => {
    const found = featureFile(name, subject.world);
    if (found === null) return [];
    const before = applied[`feature.${name}`];
    if (before === found.blob) return [];
    const detail = `${found.file}, ${found.where === "host" ? "on the host" : "inside"}; ${before === undefined ? "not applied yet" : "changed since it was applied"}`;
    return [feature(name, found.where, found.file, found.blob, detail, again)];
  });
}

/** What the application script is run with: its files and a text that changes when any of them does. null: there is no script, or it is missing. */
export function applicationOf(
  subject: Subject,
  config: ContainerConfig,
): { readonly files: readonly PushedFile[]; readonly hash: string } | null {
  if (config.application === null) return null;
  const { scripts } = subject.world.files;
  const optional = scripts.has(commonUtils) ? [commonUtils] : [];
  const names = [...new Set([config.application.script, ...optional, ...config.application.files])];
  const manifest = subject.world.pushed_manifest(config);
  const files = names.flatMap((name) => {
    const blob = scripts.get(name);
    return blob === undefined ? [] : [{ name, blob, mode: 0o700 }];
  });
  if (files.length < names.length) return null;
  const hash = [...files.map(({ name, blob }) => `${name}@${blob.slice(0, 16)}`), `manifest@${manifest.relevant.slice(0, 16)}`].join(" ");
  return { files: [...files, { name: pushedManifest, blob: manifest.blob, mode: 0o600 }], hash };
}

/** The application script and the health check after it; nothing where the manifest names no script. */
export function applicationSteps(subject: Subject, config: ContainerConfig, again: readonly Step[]): readonly Step[] {
  const found = applicationOf(subject, config);
  if (config.application === null || found === null) return [];
  const { script, timeout_s } = config.application;
  const changed = changedSince(subject.ledger.snapshots[finalForm]?.["application"], found.hash);
  const detail = changed.length === 0 ? script : `${script}; changed since ${finalForm}: ${changed.join(", ")}`;
  return [application(script, detail, found.files, found.hash, timeout_s, again), ...health(config)];
}

/** The files that are not what they were; none when nothing is known of before. */
function changedSince(before: string | undefined, now: string): readonly string[] {
  if (before === undefined) return [];
  const known = new Set(before.split(" "));
  return now
    .split(" ")
    .filter((part) => !known.has(part))
    .map((part) => part.slice(0, part.lastIndexOf("@")));
}
