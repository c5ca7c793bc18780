import { hostname } from "node:os";
import { makeBundle } from "../support/bundle.ts";

export async function supportBundle(settingsFile: string, file: string | undefined): Promise<void> {
  await makeBundle(settingsFile, file, hostname(), console.log);
  // A platform that hangs would keep the process.
  process.exit(0);
}
