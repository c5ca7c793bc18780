import { exit } from "../exit.ts";
import { configFolder } from "../fleet/config-folder.ts";
import { loadHosts } from "../fleet/hosts-file.ts";
import { noHosts, type Hosts } from "../fleet/hosts.ts";
import { recallAll } from "../fleet/memory.ts";
import type { Io } from "../session.ts";
import { propose } from "./propose.ts";

/**
 * Prints what the last word could become, for the scripts of the shells: a line each, the word, a tab, what it means; or ":files". Asks no host. Whatever
 * goes wrong, nothing is proposed: an error would be printed into a line that somebody types.
 */
export async function answer(words: readonly string[], io: Io): Promise<number> {
  try {
    const found = await propose(words, { hosts: hostsIn(io.env), memories: recallAll(io.env) }, io);
    if (found.kind === "files") io.stdout.write(":files\n");
    else io.stdout.write(found.words.map(({ word, meaning }) => `${word}\t${meaning}\n`).join(""));
  } catch {
    // What is remembered may have been damaged.
  }
  return exit.done;
}

/** Those that can be read. */
function hostsIn(env: NodeJS.ProcessEnv): Hosts {
  try {
    return loadHosts(configFolder(env));
  } catch {
    return noHosts;
  }
}
