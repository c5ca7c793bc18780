import { existsSync } from "node:fs";
import { join } from "node:path";
import type { BootOwner } from "../domain/boot.ts";
import { connect } from "./database.ts";

/** The owner of boots in a state folder that an agent may hold at the same time; null when nobody has chosen, or nothing can be read. */
export function chosenOwner(folder: string): BootOwner | null {
  const file = join(folder, "phoenix.db");
  if (!existsSync(file)) return null;
  try {
    const database = connect(file, folder, "read");
    try {
      return database.prepare<[], BootOwner>("SELECT owner FROM boot_owner WHERE since IS NOT NULL").pluck().get() ?? null;
    } finally {
      database.close();
    }
  } catch {
    return null;
  }
}
