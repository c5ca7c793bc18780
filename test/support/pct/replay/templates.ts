import { spawnSync } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TestPct } from "../world.ts";
import { toWorld } from "./normalise.ts";

/** Adds the recorder's other template: one that Proxmox takes for Debian. */
export function addTemplates(pct: TestPct): void {
  const folder = join(dirname(pct.pool.template), "debian");
  cpSync(pct.pool.template, folder, { recursive: true, verbatimSymlinks: true });
  writeFileSync(join(folder, "etc/os-release"), 'ID=debian\nVERSION_ID="12"\n');
  const file = join(toWorld("/var/lib/vz/template/cache", pct), "debian-12-minbase_12.0-1_amd64.tar.zst");
  const { status, stderr } = spawnSync("tar", ["-C", folder, "-cf", file, "."], { encoding: "utf8" });
  if (status !== 0) throw new Error(`tar failed: ${stderr}`);
}
