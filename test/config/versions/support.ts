import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256 } from "../../../src/agent/config/script-folder.ts";
import { openScripts } from "../../../src/agent/config/scripts.ts";
import type { Pushed } from "../../../src/agent/config/versions/candidate.ts";
import { createKeeper, type Commit, type Keeper } from "../../../src/agent/config/versions/keeper.ts";
import { realDisk, type Disk } from "../../../src/agent/config/versions/lay.ts";
import { manifestName, type ConfigBook, type ConfigVersion, type Place } from "../../../src/agent/domain/config.ts";
import { openStore, type Store } from "../../../src/agent/store/open.ts";

/** A host's folder with a manifest, scripts and features, a real store, and as many lives of a keeper as a test wants. */
export interface Home {
  readonly folder: string;
  readonly write: (path: string, text: string) => void;
  readonly remove: (path: string) => void;
  /** Every file below the folder but the store, with its text. */
  readonly files: () => Readonly<Record<string, string>>;
  readonly live: (disk?: Disk) => Keeper;
  readonly book: () => ConfigBook;
  readonly store: () => Store;
  readonly told: string[];
  /** Ends this life of the store, as a crash would: nothing is told to anybody. */
  readonly crash: () => void;
  readonly dispose: () => void;
}

export function makeHome(): Home {
  const folder = mkdtempSync(join(tmpdir(), "phoenix-config-"));
  const state = mkdtempSync(join(tmpdir(), "phoenix-config-state-"));
  const rules = {
    manifest: join(folder, "etc/phoenix_lxc_configs.json"),
    scripts: join(folder, "bin"),
    features: join(folder, "bin/lxc_setup"),
    boot: { default_from_ctid: 950, max_parallel: 4 },
  };
  let store: Store | null = null;
  const told: string[] = [];
  let now = Date.UTC(2026, 10, 20);
  const opened = () => (store ??= openStore(state));
  const write = (path: string, text: string) => {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  return {
    folder,
    write,
    remove: (path) => rmSync(join(folder, path)),
    files: () =>
      Object.fromEntries(
        readdirSync(folder, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name))
          .toSorted()
          .map((path) => [path.slice(folder.length + 1), readFileSync(path, "utf8")]),
      ) as Record<string, string>,
    live: (disk = realDisk) =>
      createKeeper({
        rules,
        scripts: openScripts(rules.scripts, rules.features),
        book: opened().configs,
        clock: { now: () => (now += 1000) },
        disk,
        tell: (severity, text) => void told.push(`${severity} ${text}`),
      }),
    book: () => opened().configs,
    store: opened,
    told,
    crash: () => {
      store?.close();
      store = null;
    },
    dispose: () => {
      store?.close();
      for (const each of [folder, state]) rmSync(each, { recursive: true, force: true });
    },
  };
}

/** A manifest of one container, 950, whose script is model.sh. */
export function manifest(more: Record<string, unknown> = {}, others: Record<string, unknown> = {}): string {
  const container = { name: "model", memory_mb: 512, template: "base", application_script: "model.sh", features: ["docker"], ...more };
  return `${JSON.stringify({ lxc_configs: { "950": container, ...others } }, null, 2)}\n`;
}

/** What somebody sends: "manifest", "scripts/NAME" and "features/NAME" with their texts. */
export function pushed(files: Readonly<Record<string, string>>): Pushed {
  const all = Object.entries(files).map(([key, text]) => {
    const [place = "", name = manifestName] = key.split("/");
    return { file: { place: place as Place, name, hash: sha256(Buffer.from(text)) }, text };
  });
  return { files: all.map(({ file }) => file), contents: new Map(all.map(({ file, text }) => [file.hash, Buffer.from(text)])) };
}

/** A push by ana on the newest version. */
export function by(book: ConfigBook, more: Partial<Commit> = {}): Commit {
  const base = book.newest()?.no ?? 0;
  return { request_id: `request ${base}`, cause: "pushed", author: "ana", message: "try", base, ...more };
}

/** "3 pushed: manifest, scripts/model.sh (found)", with why it was set aside. */
export function told({ no, cause, files, set_aside }: ConfigVersion): string {
  const names = files.map(
    ({ place, name, from }) => `${place === "manifest" ? place : `${place}/${name}`}${from === "found" ? "" : " (pushed)"}`,
  );
  return `${no} ${cause}: ${names.join(", ")}${set_aside === null ? "" : `; ${set_aside}`}`;
}
