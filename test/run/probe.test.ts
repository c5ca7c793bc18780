// The readiness probe in a shell of ours, beside a systemd that says what the row says.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { probeCommand } from "../../src/agent/run/probe.ts";

const folder = mkdtempSync(join(tmpdir(), "phoenix-probe-"));
const log = join(folder, "asked");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A folder for PATH: a systemctl that gives these answers, one after the other, the last one for ever; and `timeout`, or none. */
function tools(name: string, answers: readonly string[], timeout: "timeout" | "no timeout"): string {
  const path = join(folder, name.replaceAll(/\W+/g, "-"));
  spawnSync("mkdir", ["-p", path]);
  const cases = answers.map((answer, at) => `${at === answers.length - 1 ? "*" : at}) echo ${answer} ;;`).join("\n");
  const count = join(path, "count");
  const text = `#!/bin/sh\necho "$*" >>'${log}'\nn=$(cat '${count}' 2>/dev/null || echo 0)\necho $((n + 1)) >'${count}'\ncase $n in\n${cases}\nesac\n[ "$n" = x ]\n`;
  writeFileSync(join(path, "systemctl"), text, { mode: 0o755 });
  for (const tool of ["sh", "cat", ...(timeout === "timeout" ? ["timeout"] : [])]) {
    symlinkSync(spawnSync("sh", ["-c", `command -v ${tool}`], { encoding: "utf8" }).stdout.trim(), join(path, tool));
  }
  return path;
}

test.each([
  { init: "systemd", answers: ["running"], timeout: "timeout", up: true },
  { init: "systemd", answers: ["starting", "degraded"], timeout: "timeout", up: true },
  { init: "systemd", answers: ["starting"], timeout: "timeout", up: false },
  { init: "systemd", answers: ["running"], timeout: "no timeout", up: true },
  { init: "systemd", answers: ["starting"], timeout: "no timeout", up: false },
  { init: "systemd", answers: ["offline"], timeout: "timeout", up: false },
  { init: "init", answers: ["starting"], timeout: "timeout", up: true },
] as const)("$init that says $answers, with $timeout: up $up", ({ init, answers, timeout, up }) => {
  const path = tools(`${init} ${answers.join(" ")} ${timeout}`, answers, timeout);
  const comm = join(path, "comm");
  writeFileSync(comm, `${init}\n`);
  writeFileSync(log, "");
  const [, flag = "", script = ""] = probeCommand({ by: "agent", network: "none" });
  const { status } = spawnSync("/bin/sh", [flag, script.replace("/proc/1/comm", comm)], { env: { PATH: path } });
  expect(status === 0).toBe(up);
});
