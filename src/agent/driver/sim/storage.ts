import { closeSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { emptyModel, type Model } from "./model.ts";

/** Where the simulated platform's state lies. All of it is synchronous, so that a change is done or was not. */
export interface Storage {
  /** The state as it is now, also when another process has changed it. Not to be changed. */
  readonly read: () => Model;
  /** Changes the state; it is kept when this returns, and unchanged when `edit` throws before it has changed anything. */
  readonly change: <T>(edit: (model: Model) => T) => T;
}

/** Keeps the state in memory, for as long as the storage is held. */
export function memoryStorage(): Storage {
  const model = emptyModel();
  return { read: () => model, change: (edit) => edit(model) };
}

/** Keeps the state in a JSON file, which survives its reader at any instant. A file that is not there is an empty platform. */
export function fileStorage(path: string): Storage {
  let cache: { readonly version: string; readonly model: Model } | null = null;

  const read = (): Model => {
    const version = versionOf(path);
    if (version === null) return emptyModel();
    if (cache?.version !== version) cache = { version, model: JSON.parse(readFileSync(path, "utf8")) as Model };
    return cache.model;
  };

  const change = <T>(edit: (model: Model) => T): T => {
    const model = read();
    cache = null; // whatever happens now, what was read is not to be believed any more
    const result = edit(model);
    write(path, JSON.stringify(model));
    cache = { version: versionOf(path) ?? "", model };
    return result;
  };

  return { read, change };
}

/** What differs whenever the file was replaced. */
function versionOf(path: string): string | null {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? null : `${stat.ino} ${stat.mtimeNs} ${stat.size}`;
}

function write(path: string, text: string): void {
  const temporary = `${path}.new`;
  const file = openSync(temporary, "w", 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}
