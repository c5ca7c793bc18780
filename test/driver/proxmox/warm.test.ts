import { afterEach, describe, expect, test } from "@jest/globals";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fault } from "../../../src/agent/domain/errors.ts";
import type { Pct } from "../../../src/agent/driver/proxmox/pct.ts";
import { warmPct, type Patience } from "../../../src/agent/driver/proxmox/warm/warm.ts";
import { quietLog } from "./world.ts";

const folders: string[] = [];
const servers: (() => void)[] = [];
afterEach(() => {
  servers.splice(0).forEach((close) => close());
  folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true }));
});

const standIn = (script: string) => String.raw`package PVE::CLI::pct;
use strict;
use warnings;
sub run_cli_handler {
    $ENV{PATH} = '/usr/bin:/bin'; # as Proxmox does it; -T would not exec otherwise
    my @arguments = map { /^(.*)$/s; $1 } @ARGV;
    exec('/bin/sh', '${script}', @arguments) or die "$!\n";
}
1;
`;

/** A Perl with a module PVE::CLI::pct that runs `script` for each call. */
function perl(script: string, more: { readonly module?: string; readonly pct?: string; readonly patience?: Partial<Patience> } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "phoenix-warm-"));
  folders.push(folder);
  mkdirSync(join(folder, "PVE/CLI"), { recursive: true });
  writeFileSync(join(folder, "script"), script);
  writeFileSync(join(folder, "PVE/CLI/pct.pm"), more.module ?? standIn(join(folder, "script")));
  writeFileSync(
    join(folder, "pct"),
    more.pct ?? "#!/usr/bin/perl -T\n\nuse strict;\nuse PVE::CLI::pct;\n\nPVE::CLI::pct->run_cli_handler();\n",
  );
  const plainCalls: (readonly string[])[] = [];
  const plain: Pct = async (args) => {
    plainCalls.push(args);
    return Promise.resolve({ code: 0, stdout: "plain", stderr: "" });
  };
  const warnings: string[] = [];
  const log = { ...quietLog, warn: (_: unknown, message: string) => void warnings.push(message) };
  const { pct, close } = warmPct({ pct: join(folder, "pct"), perl_lib: [folder] }, plain, log, {
    load_ms: 20_000,
    idle_ms: 60_000,
    ...more.patience,
  });
  servers.push(close);
  const call = (args: readonly string[], signal = new AbortController().signal, mark = "") => pct(args, { PHOENIX_PCT: mark }, signal);
  return { folder, call, plainCalls, warnings };
}

/** Resolves when a file of the folder is there. */
async function appears(folder: string, name: string): Promise<string> {
  const file = join(folder, name);
  const seen = Promise.withResolvers<void>();
  const watcher = watch(folder, () => existsSync(file) && seen.resolve());
  if (existsSync(file)) seen.resolve();
  await seen.promise;
  watcher.close();
  return file;
}

/** The server is the parent of the process that waits for the command. */
const serverPid = "awk '{print $4}' /proc/$PPID/stat";

describe("a warm pct", () => {
  test("gives arguments, output and exit code as they are", async () => {
    const { call, plainCalls } = perl('printf "%s|" "$@"; echo "mark $PHOENIX_PCT" >&2; read line; exit 7');
    const args = ["set", "101", "--description", 'line one\nline "two": 50% ä', "", "--x=$HOME;*"];
    const ran = await call(args, undefined, "m1");
    expect(ran).toEqual({ code: 7, stdout: args.map((arg) => `${arg}|`).join(""), stderr: "mark m1\n" });
    expect(plainCalls).toEqual([]);
  });

  test("loads once, and gives the signal that a command ended by as pct's shell would", async () => {
    const { call } = perl(`${serverPid}; [ "$1" = die ] && kill -9 $$; exit 0`);
    const first = await call(["status"]);
    expect(await call(["die"])).toMatchObject({ code: 137 });
    expect((await call(["status"])).stdout).toBe(first.stdout);
  });

  test("calls overlap", async () => {
    // Each waits until the other one has begun.
    const { call } = perl(
      'cd "$(dirname "$0")"; mkfifo "$1" 2>/dev/null; mkfifo "$2" 2>/dev/null; (echo > "$1") & read line < "$2"; echo met',
    );
    const [one, two] = await Promise.all([call(["a", "b"]), call(["b", "a"])]);
    expect([one.stdout, two.stdout]).toEqual(["met\n", "met\n"]);
  });

  test("what Perl dies of is said, with its code", async () => {
    const module = 'package PVE::CLI::pct; sub run_cli_handler { $! = 2; die "Configuration file does not exist\\n"; } 1;';
    expect(await perl("", { module }).call(["status"])).toEqual({ code: 2, stdout: "", stderr: "Configuration file does not exist\n" });
  });

  test.each([
    ["there is no such module", { module: "die 'broken';" }],
    ["it ends while it loads", { module: "kill 9, $$;" }],
    ["it hangs while it loads", { module: "sleep 1 while 1;", patience: { load_ms: 300 } }],
    ["pct is something else", { pct: "#!/bin/sh\nexec /usr/sbin/pct.real\n" }],
  ])("%s: plain pct from then on, and one log line", async (_, more) => {
    const { call, plainCalls, warnings } = perl("", more);
    expect(await call(["one"])).toMatchObject({ stdout: "plain" });
    expect(await call(["two"])).toMatchObject({ stdout: "plain" });
    expect(plainCalls).toEqual([["one"], ["two"]]);
    expect(warnings).toHaveLength(1);
  });

  test("one that dies under a command: that is waited for, is a transient failure and is not repeated; the next call gets a new one", async () => {
    const { call, folder, plainCalls } = perl(
      `cd "$(dirname "$0")"; if [ "$1" = crash ]; then kill -9 $(${serverPid}) $PPID; echo > went-on; fi; echo fine`,
    );
    const thrown: unknown = await call(["crash"], undefined, "mark-of-crash").catch((error: unknown) => error);
    expect(thrown).toMatchObject({ failure: { reason: "BACKEND_FAILED", transient: true } });
    expect(existsSync(join(folder, "went-on"))).toBe(true);
    expect(await call(["next"])).toMatchObject({ code: 0, stdout: "fine\n" });
    expect(plainCalls).toEqual([]);
  });

  test("one that no longer answers: plain pct does what had not begun", async () => {
    const { call, plainCalls } = perl(`[ "$1" = freeze ] && kill -STOP $(${serverPid}); exit 0`, { patience: { load_ms: 2_000 } });
    await call(["freeze"]);
    expect(await call(["next"])).toMatchObject({ stdout: "plain" });
    expect(plainCalls).toEqual([["next"]]);
  });

  test("ends when idle, and starts again", async () => {
    const { call } = perl(serverPid, { patience: { idle_ms: 1 } });
    const first = (await call(["status"])).stdout.trim();
    while (existsSync(`/proc/${first}`)) await new Promise((resolve) => setImmediate(resolve));
    expect((await call(["status"])).stdout.trim()).not.toBe(first);
  });

  test("an abort ends the command", async () => {
    const { call, folder } = perl('cd "$(dirname "$0")"; sleep 4712 & echo $! > child.new; mv child.new child; wait');
    const abort = new AbortController();
    const ran = call(["start"], abort.signal);
    const file = await appears(folder, "child");
    abort.abort(new Fault("TIMEOUT", "it took too long"));
    await expect(ran).rejects.toMatchObject({ failure: { reason: "TIMEOUT" } });
    const child = readFileSync(file, "utf8").trim();
    const isGone = !existsSync(`/proc/${child}`) || readFileSync(`/proc/${child}/stat`, "utf8").includes(") Z ");
    expect(isGone).toBe(true);
  });
});
