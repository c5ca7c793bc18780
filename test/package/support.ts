import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Workshop } from "../../build/package/tree.ts";

/** Why no packages can be made here, in a few words; null when they can. */
export function whyNoPackages(): string | null {
  if (!existsSync("/usr/bin/dpkg-deb")) return "no dpkg-deb";
  return existsSync("dist/phoenix-agent") && existsSync("dist/phoenixctl") ? null : "no executables in dist/: npm run build";
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A workshop in a folder that is gone after the tests of a file. */
export function workshop(epoch: number): Workshop {
  const folder = mkdtempSync(join(tmpdir(), "phoenix-package-"));
  folders.push(folder);
  const [out, work] = [join(folder, "out"), join(folder, "work")];
  for (const each of [out, work]) mkdirSync(each);
  return { out, work, epoch };
}
