import { expect, test } from "@jest/globals";
import type { Script } from "../../../src/agent/driver/driver.ts";
import { call, collected, refused, type Bench } from "./bench.ts";

const file = (name: string, content: string | Uint8Array, mode: number) => ({ name, content: Buffer.from(content), mode });
/** A script that real shells and the simulation understand alike. */
const script = (...lines: readonly string[]) =>
  file("run.sh", ["#!/bin/sh", ...lines.map((line) => `# sim: ${line}`), ...lines, ""].join("\n"), 0o700);
const folder = "/tmp/phoenix_run";

export function fileContract(bench: Bench): void {
  const run = async (ctid: number, files: Script["files"], env: Readonly<Record<string, string>> = {}) => {
    const { output, stdout, stderr } = collected();
    const code = await bench.driver().runInside(ctid, { folder, files, main: "run.sh" }, { env, output }, call());
    return { code, stdout: stdout(), stderr: stderr() };
  };
  const isThere = async (ctid: number, path: string) => (await bench.exec(ctid, ["test", "-e", path])).code === 0;

  test("a script finds its files beside it, in a folder of root's alone, which is gone afterwards", async () => {
    const ctid = await bench.shared("running");
    const modes = ["", "/run.sh", "/data.json"].map((name) => `stat -c %a-%u ${folder}${name}`);
    const files = [script(...modes, `cat ${folder}/data.json`), file("data.json", '{ "ä": 1 }\n', 0o600)];
    expect(await run(ctid, files)).toEqual({ code: 0, stdout: '700-0\n700-0\n600-0\n{ "ä": 1 }\n', stderr: "" });
    expect(await isThere(ctid, folder)).toBe(false);
  });

  test("its exit code comes back, its standard input is empty, and stdout and stderr stay apart", async () => {
    const ctid = await bench.shared("running");
    const files = [script("cat", "echo to stdout", "echo to stderr >&2", "exit 86")];
    expect(await run(ctid, files)).toEqual({ code: 86, stdout: "to stdout\n", stderr: "to stderr\n" });
    expect(await isThere(ctid, folder)).toBe(false);
  });

  test("it gets the CTID and its environment", async () => {
    const ctid = await bench.shared("running");
    const files = [file("run.sh", `#!/bin/sh\n# sim: echo ${ctid} given\necho "$1 $GIVEN"\n`, 0o700)];
    expect(await run(ctid, files, { GIVEN: "given" })).toEqual({ code: 0, stdout: `${ctid} given\n`, stderr: "" });
  });

  test("the folder is emptied first", async () => {
    const ctid = await bench.shared("running");
    await bench.exec(ctid, ["sh", "-c", `mkdir -p ${folder}; echo old > ${folder}/old`]);
    expect(await isThere(ctid, `${folder}/old`)).toBe(true);
    expect(await run(ctid, [script(`test -e ${folder}/old && exit 7`, "true")])).toMatchObject({ code: 0 });
  });

  test("an empty file, and one of a megabyte that is not text", async () => {
    const ctid = await bench.shared("running");
    const content = Buffer.alloc(1_000_000, Buffer.from([0, 255, 10, 13, 128]));
    const got: Uint8Array[] = [];
    const output = { stdout: (chunk: Uint8Array) => void got.push(chunk.slice()), stderr: () => {} };
    const files = [file("empty", "", 0o600), file("big", content, 0o600), script(`cat ${folder}/empty ${folder}/big`)];
    await bench.driver().runInside(ctid, { folder, files, main: "run.sh" }, { env: {}, output }, call());
    expect(Buffer.concat(got).equals(content)).toBe(true);
  });

  test("an abort ends the script and what it has started, removes its folder, and is CANCELLED", async () => {
    const ctid = await bench.shared("running");
    const abort = new AbortController();
    const output = { stdout: () => abort.abort(), stderr: () => {} };
    const work = bench
      .driver()
      .runInside(
        ctid,
        { folder, files: [script("echo ready", "sleep 4712")], main: "run.sh" },
        { env: {}, output },
        call(undefined, abort.signal),
      );
    await refused(work, "CANCELLED");
    expect((await bench.exec(ctid, ["ps"])).stdout).not.toContain("4712");
    expect(await isThere(ctid, folder)).toBe(false);
  });

  test("a stopped container is CONTAINER_NOT_RUNNING", async () => {
    const ctid = await bench.shared("stopped");
    await refused(run(ctid, [script("true")]), "CONTAINER_NOT_RUNNING");
  });
}
