import { join } from "node:path";
import { loadSettings } from "../config/settings.ts";
import { backUp, restoreFrom } from "../store/backup.ts";

export function backup(settingsFile: string, file: string): void {
  const { state_dir } = loadSettings(settingsFile);
  const { version, bytes } = backUp(state_dir, file);
  console.log(
    `${file}: database version ${version}, ${Math.ceil(bytes / 1024)} KiB. It holds scripts and what they printed: keep it safe.`,
  );
  console.log(`Not in it: the keys of this agent, which are files in ${join(state_dir, "trust")}.`);
}

export function restore(settingsFile: string, file: string): void {
  const { state_dir } = loadSettings(settingsFile);
  const { version, kept } = restoreFrom(state_dir, file);
  console.log(`${state_dir} has the database of ${file} again, version ${version}.`);
  if (kept !== null) console.log(`The one that was there is kept as ${kept}.`);
  console.log("Runs that were under way in it are taken up when the agent starts.");
}
