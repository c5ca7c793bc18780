import { expect, test } from "@jest/globals";
import { Fault } from "../../../src/agent/domain/errors.ts";
import { call, collected, refused, runA, runB, type Bench } from "./bench.ts";

const codes: readonly (readonly [readonly string[], number])[] = [
  [["true"], 0],
  [["false"], 1],
  [["sh", "-c", "exit 3"], 3],
  [["sh", "-c", "exit 255"], 255],
  [["no-such-command"], 127],
];

export function execContract(bench: Bench): void {
  test.each(codes)("%j ends with %d", async (argv, code) => {
    const ctid = await bench.shared("running");
    expect((await bench.exec(ctid, argv)).code).toBe(code);
  });

  test("nothing goes through a shell", async () => {
    const ctid = await bench.shared("running");
    const argv = ["echo", "$HOME", "a;b", "*", "> /made", "two  spaces", ""];
    expect(await bench.exec(ctid, argv)).toEqual({ code: 0, stdout: `${argv.slice(1).join(" ")}\n`, stderr: "" });
    expect(await bench.read(ctid, "/made")).toBeNull();
  });

  test("stdout and stderr stay apart", async () => {
    const ctid = await bench.shared("running");
    expect(await bench.exec(ctid, ["sh", "-c", "echo out; echo err >&2"])).toEqual({ code: 0, stdout: "out\n", stderr: "err\n" });
  });

  test("standard input comes through, and none is an empty one", async () => {
    const ctid = await bench.shared("running");
    expect(await bench.exec(ctid, ["cat"], { stdin: "one\ntwo\n" })).toMatchObject({ code: 0, stdout: "one\ntwo\n" });
    expect(await bench.exec(ctid, ["cat"])).toMatchObject({ code: 0, stdout: "" });
  });

  test("standard input that nobody reads does no harm", async () => {
    const ctid = await bench.shared("running");
    expect((await bench.exec(ctid, ["true"], { stdin: "line\n".repeat(50_000) })).code).toBe(0);
  });

  test("the environment is what was given, and HOME, LANG, PATH, TERM", async () => {
    const ctid = await bench.shared("running");
    process.env["PHOENIX_LEAK"] = "of the agent";
    const { stdout } = await bench.exec(ctid, ["env"], { env: { PHOENIX_CTID: "950", ODD: 'a "b" $c' } });
    delete process.env["PHOENIX_LEAK"];
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toEqual(expect.arrayContaining(["PHOENIX_CTID=950", 'ODD=a "b" $c', "HOME=/root"]));
    // "container" is what LXC itself adds; the others are the driver's marks.
    const added = ["container", "PHOENIX_RUN_ID", "PHOENIX_EXEC"];
    const names = lines.map((line) => line.slice(0, line.indexOf("="))).filter((name) => !added.includes(name));
    expect(names.sort()).toEqual(["HOME", "LANG", "ODD", "PATH", "PHOENIX_CTID", "TERM"]);
  });

  test("an abort ends the process inside, and is CANCELLED", async () => {
    const ctid = await bench.shared("running");
    await refused(abortedOnOutput(bench, ctid, undefined), "CANCELLED");
    expect(await processes(bench, ctid)).not.toContain("sleep 4711");
  });

  test("a Fault that it was aborted with comes through", async () => {
    const ctid = await bench.shared("running");
    await refused(abortedOnOutput(bench, ctid, new Fault("TIMEOUT", "it took too long")), "TIMEOUT");
  });

  test("a child in the background that holds the output is noted and let go", async () => {
    const ctid = await bench.running();
    const noted = call();
    const { code, stdout } = await bench.exec(ctid, ["sh", "-c", "sleep 4711 & echo done"], { call: noted });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "done\n" });
    expect(noted.notes).toHaveLength(1);
    expect((await bench.look(ctid)).state).toBe("running");
  });

  test("the leftovers of a run are its commands that have not ended, and nothing else", async () => {
    const ctid = await bench.running();
    await bench.exec(ctid, ["sh", "-c", "sleep 4801 & echo done"]);
    const shown = { before: "", after: "" };
    const stdout = async () => {
      await bench.driver().endLeftovers(ctid, runB);
      shown.before = await processes(bench, ctid);
      await bench.driver().endLeftovers(ctid, runA);
    };
    const command = {
      argv: ["sh", "-c", "sleep 4802 & echo ready; sleep 4803"],
      env: {},
      stdin: "none",
      output: { stdout, stderr: () => {} },
    } as const;
    expect(await bench.driver().exec(ctid, command, call(runA))).toBeGreaterThan(128);
    shown.after = await processes(bench, ctid);
    expect(["sleep 4801", "sleep 4802"].map((title) => shown.before.includes(title))).toEqual([true, true]);
    expect(["sleep 4801", "sleep 4802", "sleep 4803"].map((title) => shown.after.includes(title))).toEqual([true, false, false]);
  });

  test("a stopped container is CONTAINER_NOT_RUNNING", async () => {
    const ctid = await bench.shared("stopped");
    await refused(bench.exec(ctid, ["true"]), "CONTAINER_NOT_RUNNING");
  });

  test("the driver waits for who takes the output", async () => {
    const ctid = await bench.shared("running");
    const seen: string[] = [];
    const stdout = async (chunk: Uint8Array) => {
      seen.push("taken");
      await new Promise<void>((resolve) => setImmediate(resolve));
      seen.push(Buffer.from(chunk).toString());
    };
    await bench.driver().exec(ctid, { argv: ["echo", "hello"], env: {}, stdin: "none", output: { stdout, stderr: () => {} } }, call());
    expect(seen).toEqual(["taken", "hello\n"]);
  });

  test("a script on the host gets the CTID, its environment, and its exit code comes back", async () => {
    const ctid = await bench.shared("running");
    const { output, stdout } = collected();
    const content = Buffer.from(`#!/bin/sh\n# sim: echo ${ctid} given\n# sim: exit 4\necho "$1 $GIVEN"\nexit 4\n`);
    const code = await bench.driver().runOnHost(ctid, { name: "host.sh", content }, { env: { GIVEN: "given" }, output }, call());
    expect({ code, stdout: stdout() }).toEqual({ code: 4, stdout: `${ctid} given\n` });
  });
}

/** Starts something long, and aborts it when it has said that it runs. */
function abortedOnOutput(bench: Bench, ctid: number, reason: Fault | undefined): Promise<number> {
  const abort = new AbortController();
  const output = { stdout: () => abort.abort(reason), stderr: () => {} };
  const command = { argv: ["sh", "-c", "echo ready; sleep 4711"], env: {}, stdin: "none", output } as const;
  return bench.driver().exec(ctid, command, call(undefined, abort.signal));
}

async function processes(bench: Bench, ctid: number): Promise<string> {
  return (await bench.exec(ctid, ["ps"])).stdout;
}
