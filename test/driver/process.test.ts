import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fault } from "../../src/agent/domain/errors.ts";
import { capture, run, toolEnv, type Program } from "../../src/agent/driver/process.ts";
import { collected, refused } from "./contract/bench.ts";

const program = (argv: readonly string[], more: Partial<Program> = {}): Program & { text: () => string } => {
  const { output, stdout, stderr } = collected();
  const rest = { env: toolEnv, cwd: "/", stdin: "none", output, signal: new AbortController().signal } as const;
  return { argv, ...rest, text: () => stdout() + stderr(), ...more };
};
const sh = (script: string, more: Partial<Program> = {}) => program(["sh", "-c", script], more);
const alive = (pid: string) => existsSync(`/proc/${pid}`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise<void>((resolve) => setImmediate(resolve));
};
/** Ends a process that a test has left; never our own group, which number 0 would be. */
const end = (pid: string) => process.kill(Number.parseInt(pid, 10));
const openFiles = () => readdirSync("/proc/self/fd").length;

describe("a program that is run", () => {
  test("writes to /dev/stdout and /dev/stderr, which a socket would not let it", async () => {
    const it = sh("echo out > /dev/stdout; echo err > /dev/stderr; tee /dev/stderr < /etc/hostname > /dev/null");
    expect(await run(it)).toEqual({ code: 0, held: false });
    expect(it.text()).toContain("out\nerr\n");
  });

  test("reads /dev/stdin, also when all of it was written before", async () => {
    const stdin = (async function* () {
      yield await Promise.resolve(Buffer.from("in"));
    })();
    const it = sh("sleep 0.2; cat /dev/stdin", { stdin });
    expect(await run(it)).toEqual({ code: 0, held: false });
    expect(it.text()).toBe("in");
  });

  test("has 128 + n for a signal", async () => {
    expect((await run(sh("kill -TERM $$"))).code).toBe(143);
  });

  test("is over when it has ended, though a grandchild of another session holds its output; the last byte is not lost", async () => {
    const it = sh("setsid sleep 4712 & echo $!; head -c 60000 /dev/zero");
    const ended = await run(it);
    const [pid = ""] = it.text().split("\n");
    end(pid);
    expect(ended).toEqual({ code: 0, held: true });
    expect(it.text()).toHaveLength(pid.length + 1 + 60_000);
  });

  test("loses nothing when its output is taken only after its end, though a grandchild holds it", async () => {
    let text = "";
    const stdout = async (chunk: Uint8Array) => {
      text += Buffer.from(chunk).toString("latin1");
      const [pid = ""] = text.split("\n");
      await until(() => !alive(pid));
    };
    const script = "echo $$; setsid sleep 4711 & echo $!; head -c 60000 /dev/zero";
    const ended = await run(sh(script, { output: { stdout, stderr: () => {} } }));
    const [, grandchild = "", zeros = ""] = text.split("\n");
    end(grandchild);
    expect(ended).toEqual({ code: 0, held: true });
    expect(zeros).toHaveLength(60_000);
  });

  test("that keeps another one takes its exit status when it is aborted", async () => {
    const folder = mkdtempSync(join(tmpdir(), "phoenix-test-"));
    const abort = new AbortController();
    const output = { stdout: () => abort.abort(), stderr: () => {} };
    const script = `sh -c 'echo ready; sleep 4712' ; echo $? > ${folder}/code`;
    await refused(run(sh(script, { output, signal: abort.signal, keeper: true })), "CANCELLED");
    expect(readFileSync(join(folder, "code"), "utf8")).toBe("137\n");
    rmSync(folder, { recursive: true });
  });

  test("is over even when a grandchild never stops writing", async () => {
    let bytes = 0;
    const output = { stdout: (chunk: Uint8Array) => void (bytes += chunk.length), stderr: () => {} };
    expect(await run(sh("yes > /dev/stdout &", { output }))).toEqual({ code: 0, held: true });
    expect(bytes).toBeLessThan(200_000_000);
  });

  test("waits while its output is not taken", async () => {
    let most = 0;
    let taking = 0;
    let bytes = 0;
    const stdout = async (chunk: Uint8Array) => {
      most = Math.max(most, (taking += 1));
      await new Promise<void>((resolve) => setImmediate(resolve));
      bytes += chunk.length;
      taking -= 1;
    };
    await run(program(["head", "-c", "3000000", "/dev/zero"], { output: { stdout, stderr: () => {} } }));
    expect([most, bytes]).toEqual([1, 3_000_000]);
  });

  test("is killed by an abort, with its group and with what has left the group", async () => {
    const abort = new AbortController();
    const pids: string[] = [];
    const stdout = (chunk: Uint8Array) => {
      pids.push(
        ...Buffer.from(chunk)
          .toString()
          .split(/\s+/)
          .filter((pid) => pid !== ""),
      );
      if (pids.length === 3) abort.abort(new Fault("TIMEOUT", "late"));
    };
    const script = "setsid sleep 4713 & echo $!; sleep 4714 & echo $!; echo $$; wait";
    await refused(run(sh(script, { output: { stdout, stderr: () => {} }, signal: abort.signal })), "TIMEOUT");
    await until(() => !pids.some((pid) => alive(pid))); // SIGKILL is sent, and takes its time
  });

  test("is killed when its output can't be taken, and what was thrown comes through", async () => {
    const stdout = () => {
      throw new Error("the disk is full");
    };
    await expect(run(sh("yes", { output: { stdout, stderr: () => {} } }))).rejects.toThrow("the disk is full");
  });

  test("has nothing of our environment, and leaves no files open", async () => {
    process.env["PHOENIX_LEAK"] = "of the agent";
    await run(sh("true"));
    const before = openFiles();
    const it = sh("env; ls /proc/self/fd", { env: { PATH: toolEnv["PATH"] ?? "", ONLY: "this" } });
    for (let times = 0; times < 30; times += 1) await run(sh("true"));
    await run(it);
    delete process.env["PHOENIX_LEAK"];
    expect(it.text()).toMatch(/^ONLY=this$/m);
    expect(it.text()).not.toContain("LEAK");
    // What the test itself was started with goes through, and 3 is the folder that ls reads.
    const usual = execFileSync("ls", ["/proc/self/fd"], { encoding: "utf8" }).trim().split("\n").length;
    expect(it.text().match(/^\d+$/gm)).toHaveLength(usual);
    // Made pipes may lie ready.
    expect(openFiles() - before).toBeLessThan(16);
  });

  test("that is not there is UNSUPPORTED", async () => {
    await refused(run(program(["no-such-program"])), "UNSUPPORTED");
    await refused(capture(["no-such-program"]), "UNSUPPORTED");
  });
});

describe("capture", () => {
  test("gives a tool's output, and a Fault with what it said when it fails", async () => {
    expect(await capture(["echo", "hello"])).toBe("hello\n");
    expect(await refused(capture(["sh", "-c", "echo why >&2; exit 3"]), "BACKEND_FAILED")).toContain("sh exited with 3: why");
  });

  test("does not wait for a daemon, nor keep more than a MiB", async () => {
    expect(await capture(["sh", "-c", "sleep 4715 & echo $!"]).then(end)).toBe(true);
    expect((await capture(["head", "-c", "3000000", "/dev/zero"])).length).toBe(1 << 20);
  });

  test("is ended by an abort", async () => {
    await refused(capture(["sleep", "4716"], { signal: AbortSignal.timeout(20) }), "CANCELLED");
  });
});
