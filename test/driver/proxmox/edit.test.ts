import { afterAll, expect, test } from "@jest/globals";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { editConf } from "../../../src/agent/driver/proxmox/edit.ts";
import { plainPct } from "../../../src/agent/driver/proxmox/pct.ts";
import { hostSettings, quietLog } from "./world.ts";

const folder = mkdtempSync(join(tmpdir(), "phoenix-edit-"));
const conf = join(folder, "conf");
const never = new AbortController().signal;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function host() {
  const world = { config_dir: conf, lock_dir: join(folder, "locks"), lxc_path: folder, storage_cfg: join(folder, "storage.cfg") };
  const settings = hostSettings({ pct: "/nowhere/pct", world });
  mkdirSync(conf, { recursive: true });
  writeFileSync(join(conf, "950.conf"), "memory: 1\n");
  return { settings, state_dir: folder, lxc: { path: folder }, pct: plainPct(settings), log: quietLog };
}

test("a text takes the old one's place", async () => {
  await editConf(host(), 950, never, (text) => `${text}swap: 1\n`);
  expect(readFileSync(join(conf, "950.conf"), "utf8")).toBe("memory: 1\nswap: 1\n");
});

test("where nothing can be written, it is said what may be the reason, and that it may go later", async () => {
  const editing = editConf(host(), 950, never, () => {
    rmSync(conf, { recursive: true });
    return "memory: 2\n";
  });
  await expect(editing).rejects.toMatchObject({
    failure: { reason: "BACKEND_FAILED", message: expect.stringContaining("950.conf can't be written: "), transient: true },
  });
  await expect(editing).rejects.toMatchObject({ failure: { remedy: expect.stringContaining("pvecm status") } });
});

test("a container that is not there is missing", async () => {
  await expect(editConf(host(), 951, never, (text) => text)).rejects.toMatchObject({ failure: { reason: "CONTAINER_MISSING" } });
});
