// The files of a container: its root file system, with volumes and bind mounts over it.
import type { Files, Model, SimContainer, SimFile } from "./model.ts";

/** Every template, feature and application script leaves a line here. */
export const layersPath = "/var/phoenix/layers";

interface Place {
  readonly files: Files;
  readonly path: string;
}

function place(model: Model, container: SimContainer, path: string): Place {
  const inside = (mount: string) => path === mount || path.startsWith(`${mount}/`);
  const mount = container.attachments
    .filter((a) => inside(a.container_path))
    .toSorted((a, b) => b.container_path.length - a.container_path.length)[0];
  if (mount === undefined) return { files: container.rootfs, path };
  const of = mount.kind === "volume" ? model.volumes : model.folders;
  return { files: (of[mount.source] ??= {}), path: path.slice(mount.container_path.length) || "/" };
}

const folderOf = (path: string) => (path.endsWith("/") ? path : `${path}/`);

/** The file; null when there is none. */
export function readFile(model: Model, container: SimContainer, path: string): SimFile | null {
  const at = place(model, container, path);
  return at.files[at.path] ?? null;
}

/** The folder's mode; null when there is none. A folder in which a file lies is there. */
export function folderMode(model: Model, container: SimContainer, path: string): number | null {
  const at = place(model, container, path);
  const folder = folderOf(at.path);
  const known = at.files[folder]?.mode;
  if (known !== undefined) return known;
  return at.path === "/" || Object.keys(at.files).some((name) => name.startsWith(folder)) ? 0o755 : null;
}

/** Writes a file; one that is there keeps its mode when none is given. */
export function writeFile(model: Model, container: SimContainer, path: string, bytes: string, mode?: number): void {
  const at = place(model, container, path);
  at.files[at.path] = { bytes, mode: mode ?? at.files[at.path]?.mode ?? 0o644 };
}

/** Removes a file, or a folder with all that is in it. False when there was neither. */
export function remove(model: Model, container: SimContainer, path: string): boolean {
  const at = place(model, container, path);
  const gone = Object.keys(at.files).filter((name) => name === at.path || name.startsWith(folderOf(at.path)));
  for (const name of gone) delete at.files[name];
  return gone.length > 0;
}

/** Makes a folder, empty. */
export function makeFolder(model: Model, container: SimContainer, path: string, mode: number): void {
  remove(model, container, path);
  const at = place(model, container, folderOf(path));
  at.files[at.path] = { bytes: "", mode };
}

/** Adds a line to the container's layers. */
export function addLayer(container: SimContainer, line: string): void {
  const before = container.rootfs[layersPath]?.bytes ?? "";
  container.rootfs[layersPath] = { bytes: `${before}${line}\n`, mode: 0o644 };
}

/** The container's layers, oldest first. */
export function layersOf(container: SimContainer): readonly string[] {
  return (container.rootfs[layersPath]?.bytes ?? "").split("\n").filter((line) => line !== "");
}
