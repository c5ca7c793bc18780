import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../run.ts";
import { layOut, type PackagedFile, type Workshop } from "./tree.ts";

/** Writes a .tar.gz of one folder (`top`) with these files and gives its path. The same input gives the same bytes. */
export function makeTarball(name: string, top: string, files: readonly PackagedFile[], { out, work, epoch }: Workshop): string {
  const root = join(work, name);
  layOut(join(root, top), files, epoch);
  const file = join(out, name);
  const fixed = ["--format=gnu", "--sort=name", "--owner=0", "--group=0", "--numeric-owner", "-I", "gzip -n"];
  const result = spawnSync("tar", [...fixed, "-C", root, "-cf", file, top], {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C.UTF-8" },
  });
  if (result.status !== 0) fail(`tar failed for ${name}: ${result.error?.message ?? result.stderr.trim()}`);
  rmSync(root, { recursive: true });
  return file;
}
