import { mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheFolder } from "../fleet/config-folder.ts";

/** Which version of a host's configuration was the newest when this folder was last compared with it or pushed to it. */
export interface Seen {
  readonly get: (folder: string, host: string) => number | null;
  /** Where it can't be kept it is not: then the newest version counts as seen. */
  readonly put: (folder: string, host: string, version: number) => void;
}

/** What this user has seen. */
export function seenBy(env: NodeJS.ProcessEnv): Seen {
  const file = join(cacheFolder(env), "seen-configurations.json");
  const read = (): Record<string, number> => {
    try {
      const content: unknown = JSON.parse(readFileSync(file, "utf8"));
      return typeof content === "object" && content !== null ? (content as Record<string, number>) : {};
    } catch {
      return {};
    }
  };
  const key = (folder: string, host: string) => `${realpathSync(folder)} ${host}`;
  return {
    get: (folder, host) => {
      const version = read()[key(folder, host)];
      return typeof version === "number" ? version : null;
    },
    put: (folder, host, version) => {
      try {
        mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
        writeFileSync(`${file}.${process.pid}`, `${JSON.stringify({ ...read(), [key(folder, host)]: version }, null, 2)}\n`, {
          mode: 0o600,
        });
        renameSync(`${file}.${process.pid}`, file);
      } catch {
        // No home, or a full disk: nothing is lost but the memory.
      }
    },
  };
}
