import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openScripts } from "../../src/agent/config/scripts.ts";

let folder: string;
let scripts: string;
let features: string;
const put = (name: string, text: string) => writeFileSync(join(scripts, name), text);
const hash = (text: string) => createHash("sha256").update(text).digest("hex");

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "phoenix-scripts-"));
  scripts = join(folder, "bin");
  features = join(scripts, "lxc_setup");
  mkdirSync(features, { recursive: true });
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test("plain files by their hash, and their contents by it", () => {
  put("a.sh", "echo a");
  put(".hidden", "");
  writeFileSync(join(features, "docker.sh"), "echo docker");
  const opened = openScripts(scripts, features);
  expect(opened.read()).toEqual({
    files: {
      scripts_folder: scripts,
      features_folder: features,
      scripts: new Map([["a.sh", hash("echo a")]]),
      features: new Map([["docker.sh", hash("echo docker")]]),
    },
    problems: [],
  });
  expect(Buffer.from(opened.content(hash("echo docker"))).toString()).toBe("echo docker");
});

test("a change is seen, even with the size and time of before", () => {
  put("a.sh", "old");
  utimesSync(join(scripts, "a.sh"), 1000, 1000);
  const opened = openScripts(scripts, features);
  opened.read();
  for (let number = 100; number < 200; number += 1) {
    const text = String(number);
    put("a.sh", text);
    utimesSync(join(scripts, "a.sh"), 1000, 1000);
    expect(opened.read().files.scripts.get("a.sh")).toBe(hash(text));
  }
  rmSync(join(scripts, "a.sh"));
  expect(opened.read().files.scripts.size).toBe(0);
});

test("content that is gone since is not given wrongly", () => {
  put("a.sh", "old");
  const opened = openScripts(scripts, features);
  opened.read();
  put("a.sh", "new");
  expect(() => opened.content(hash("old"))).toThrow(`${join(scripts, "a.sh")} changed while it was being read`);
  expect(() => opened.content(hash("never"))).toThrow("a script changed while it was being read");
});

test("what is no plain file of the folder is left out, and said", () => {
  put("a.sh", "a");
  put("big", "");
  truncateSync(join(scripts, "big"), 64 * 1024 * 1024 + 1);
  writeFileSync(join(folder, "outside"), "secret");
  symlinkSync("a.sh", join(scripts, "inside-link"));
  symlinkSync("../outside", join(scripts, "link"));
  symlinkSync("nowhere", join(scripts, "broken-link"));
  put("line\nbreak", "");
  execFileSync("mkfifo", [join(scripts, "pipe")]);
  const { files, problems } = openScripts(scripts, features).read();
  expect([...files.scripts.keys()]).toEqual(["a.sh", "inside-link"]);
  expect(problems.map(({ severity, path, message }) => `${severity} ${path.replace(scripts, "")} ${message}`)).toEqual([
    "warning /big it is left out: it has 67108865 bytes, expected at most 67108864",
    "warning /broken-link it is left out: there is no such file or folder",
    'warning /line\nbreak it is left out: expected a plain file name, got "line\\nbreak"',
    `warning /link it is left out: it is a link to ${join(folder, "outside")}, out of the folder`,
    "warning /pipe it is left out: it is not a plain file",
  ]);
});

test("folders that can't be read", () => {
  const { files, problems } = openScripts(join(folder, "none"), features).read();
  expect(files.scripts.size).toBe(0);
  expect(problems.map(({ path }) => path)).toEqual([join(folder, "none")]);
});

test("a file without rights is left out", () => {
  if (process.getuid?.() === 0) return console.warn("not tried: root can read every file");
  put("a.sh", "a");
  chmodSync(join(scripts, "a.sh"), 0);
  expect(openScripts(scripts, features).read().problems).toHaveLength(1);
});

test("what has not changed is not read again", () => {
  for (let index = 0; index < 8; index++) put(`s${index}`, "");
  for (let index = 0; index < 8; index++) truncateSync(join(scripts, `s${index}`), 8 * 1024 * 1024);
  const opened = openScripts(scripts, features);
  const settled = Date.now() + 150;
  while (Date.now() < settled) opened.read();
  opened.read();
  const before = readBytes();
  opened.read();
  expect(readBytes() - before).toBeLessThan(1024 * 1024);
});

/** Bytes that this process has read so far, from the cache of the kernel as well. */
function readBytes(): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1]);
}
