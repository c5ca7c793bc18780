import { readFileSync } from "node:fs";

/** The id of this boot of the host, as the kernel gives it anew each time; null when it can't be had. */
export function readBootId(file: string): string | null {
  try {
    const id = readFileSync(file, "utf8").trim();
    return /^[\w-]{1,64}$/.test(id) ? id : null;
  } catch {
    return null;
  }
}
