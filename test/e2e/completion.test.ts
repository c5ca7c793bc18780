import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { shells } from "../../src/ctl/completion/scripts.ts";
import { executables } from "./support/house.ts";

// The scripts for the shells, in the shells, with the built executable.

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "phoenixctl-completion-"));
  mkdirSync(join(folder, "hosts"));
  mkdirSync(join(folder, "a folder"));
  const containers = [950, 953, 1203].map((ctid) => ({ ctid, name: `c${ctid}`, exists: true, snapshots: [] }));
  writeFileSync(join(folder, "hosts", "pve1.json"), JSON.stringify({ layout: 1, host: "pve1", containers, runs: [] }));
  const hosts = { pve1: { kind: "socket", socket: "/nonexistent/agent.sock" } };
  writeFileSync(join(folder, "hosts.json"), JSON.stringify({ default: null, hosts, groups: {} }));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What a shell prints, in lines. */
function said(shell: string, ...args: readonly string[]): string[] {
  const PATH = [dirname(executables.ctl), process.env["PATH"]].join(delimiter);
  const env = { PATH, HOME: folder, PHOENIX_CONFIG_DIR: folder, PHOENIX_CACHE_DIR: folder };
  const { status, stdout, stderr } = spawnSync(shell, args, { encoding: "utf8", cwd: folder, env });
  expect([status, stderr]).toEqual([0, ""]);
  return stdout.split("\n").slice(0, -1);
}

const inBash = `
source <(phoenixctl completion bash)
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
$(complete -p phoenixctl | sed 's/.*-F \\([^ ]*\\) .*/\\1/') phoenixctl
printf '%s\\n' "\${COMPREPLY[@]}"`;

test.each([
  [
    ["phoenixctl", "letsgo", "95"],
    ["950", "953"],
  ],
  [["phoenixctl", "le"], ["letsgo"]],
  [["phoenixctl", "ps", "--host", "=", "pv"], ["pve1"]],
  [["phoenixctl", "config", "push", ""], [""]],
])("bash completes %j to %j", (words, expected) => {
  expect(said("bash", "--norc", "-c", inBash, "bash", ...words)).toEqual(expected);
});

function lacks(shell: string): boolean {
  return spawnSync(shell, ["-c", "exit 0"]).status !== 0;
}

test.each(shells)("the script for %s is one that it can read", (shell) => {
  if (lacks(shell)) return console.warn(`skipped: ${shell} is not installed here`);
  const file = join(folder, `script.${shell}`);
  writeFileSync(file, said("phoenixctl", "completion", shell).join("\n"));
  said(shell, "-n", file);
});

test("fish completes containers with their names", () => {
  if (lacks("fish")) return console.warn("skipped: fish is not installed here");
  const line = "phoenixctl completion fish | source; complete -C 'phoenixctl letsgo 95'";
  expect(said("fish", "--no-config", "-c", line)).toEqual(["950\tc950", "953\tc953"]);
});
