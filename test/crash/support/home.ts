// A folder with everything that an agent needs: settings, a manifest, scripts, its state, and, for sim, the platform itself.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Every event is synced to the disk, which costs these tests more than everything else where there is a real one. */
const base = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
const prefix = "phoenix-crash-";
const made = new Set<string>();
const removeAll = () => made.forEach(removeFolder);
process.once("exit", removeAll);
afterAll(removeAll);

/** A new folder, which goes with the tests of its file at the latest. */
export function makeFolder(): string {
  sweepOrphans();
  const folder = mkdtempSync(join(base, `${prefix}${process.pid}-`));
  made.add(folder);
  return folder;
}

export function removeFolder(folder: string): void {
  made.delete(folder);
  rmSync(folder, { recursive: true, force: true });
}

/** The same once more, to be changed at will. */
export function copyFolder(folder: string): string {
  const copy = makeFolder();
  cpSync(folder, copy, { recursive: true, filter: (path) => !path.endsWith(".sock") });
  return copy;
}

/** Those whose makers were killed. */
function sweepOrphans(): void {
  for (const name of readdirSync(base)) {
    const pid = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(join(base, name), { recursive: true, force: true });
  }
}

export interface Furnishing {
  /** The driver's part of agent.yaml. */
  readonly settings: readonly string[];
  /** Containers of the manifest, by CTID. */
  readonly containers: Readonly<Record<number, object>>;
  /** Contents by path; scripts are in bin, features in bin/lxc_setup. */
  readonly files: Readonly<Record<string, string>>;
}

/** Writes all that an agent is given. */
export function furnish(folder: string, { settings, containers, files }: Furnishing): void {
  const places = ["socket: agent.sock", "state_dir: state", "manifest: manifest.json", "scripts: bin", "features: bin/lxc_setup"];
  writeFileSync(join(folder, "agent.yaml"), [...settings, ...places, ""].join("\n"));
  writeFileSync(join(folder, "manifest.json"), JSON.stringify({ lxc_configs: containers }, null, 1));
  mkdirSync(join(folder, "bin/lxc_setup"), { recursive: true });
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text, { mode: 0o755 });
}
