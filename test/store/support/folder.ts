import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "@jest/globals";
import { openStore, type Store } from "../../../src/agent/store/open.ts";

const ends: (() => void)[] = [];

afterEach(() => {
  for (const end of ends.splice(0).reverse()) end();
});

/** Does something after the test, before whatever was asked for earlier. */
export function afterwards(end: () => void): void {
  ends.push(end);
}

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "phoenix-store-"));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Opens a store, which is closed after the test unless the test has done so. */
export function open(folder: string): Store {
  const store = openStore(folder);
  let isOpen = true;
  const close = () => {
    if (isOpen) store.close();
    isOpen = false;
  };
  ends.push(close);
  return { ...store, close };
}

/** A file system of so many KiB in a folder, gone after the test; null, with the reason told, where that is not possible. */
export function smallDisk(kib: number): string | null {
  const folder = temporaryFolder();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${kib}k`, "phoenix-test", folder], { stdio: "pipe" });
  } catch (error) {
    console.warn(`not tried: a small file system can't be mounted here: ${(error as Error).message.trim()}`);
    return null;
  }
  ends.push(() => execFileSync("umount", [folder]));
  return folder;
}
