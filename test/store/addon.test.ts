import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { loadFromFile, nativeBinding } from "../../src/agent/store/addon.ts";

const require = createRequire(import.meta.url);
const addon = readFileSync(join(require.resolve("better-sqlite3/package.json"), "../prebuilds/linux-x64.node"));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "phoenix-addon-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test("sources use the addon of node_modules", () => {
  const database = new Database(":memory:", { nativeBinding: nativeBinding(folder) });
  expect(database.prepare("select 1 as one").get()).toEqual({ one: 1 });
  expect(readdirSync(folder)).toEqual([]);
});

test("the fallback file is private, complete, and replaced when somebody changed it", () => {
  loadFromFile(addon, folder);
  const [name = ""] = readdirSync(folder);
  expect(readdirSync(folder)).toHaveLength(1);
  expect(statSync(join(folder, name)).mode & 0o777).toBe(0o700);
  rmSync(join(folder, name));
  writeFileSync(join(folder, name), "not an addon");
  loadFromFile(addon, folder);
  expect(readFileSync(join(folder, name)).equals(addon)).toBe(true);
});
