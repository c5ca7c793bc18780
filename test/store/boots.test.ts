import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import SQLite from "better-sqlite3";
import type { HostBoot, Ownership } from "../../src/agent/domain/boot.ts";
import { openStore } from "../../src/agent/store/open.ts";
import { chosenOwner } from "../../src/agent/store/peek.ts";

const folder = mkdtempSync(join(tmpdir(), "phoenix-boots-"));
afterAll(() => rmSync(folder, { recursive: true }));

const boot = (no: number): HostBoot => ({ boot_id: `boot-${no}`, seen: 1000 + no, left_to: "agent", remark: "" });

test("owner and boots outlive the agent", () => {
  const chosen: Ownership = { owner: "agent", since: 5, change: { to: "proxmox", request_id: "r-1" }, trouble: "" };
  const first = openStore(folder);
  expect([first.boots.ownership(), first.boots.newest()]).toEqual([null, null]);
  first.boots.choose({ owner: "proxmox", since: null, change: null, trouble: "950: locked" });
  expect(chosenOwner(folder)).toBeNull();
  expect(first.boots.ownership()).toEqual({ owner: "proxmox", since: null, change: null, trouble: "950: locked" });
  first.boots.choose(chosen);
  first.boots.keep(boot(1));
  first.boots.keep({ ...boot(2), left_to: "first", remark: "nothing does" });
  first.close();
  const second = openStore(folder);
  expect(second.boots.ownership()).toEqual(chosen);
  expect(chosenOwner(folder)).toBe("agent");
  expect(second.boots.newest()).toEqual({ ...boot(2), left_to: "first", remark: "nothing does" });
  second.close();
});

test("only the newest boots are kept, and each once", () => {
  const store = openStore(folder);
  for (let no = 3; no <= 30; no += 1) store.boots.keep(boot(no));
  expect(() => store.boots.keep(boot(30))).toThrow(expect.objectContaining({ name: "Fault" }) as Error);
  expect(store.boots.newest()).toEqual(boot(30));
  store.close();
  const database = new SQLite(join(folder, "phoenix.db"), { readonly: true });
  expect(database.prepare("SELECT count(*) FROM host_boots").pluck().get()).toBe(20);
  database.close();
});
