import { expect, test } from "@jest/globals";
import { call, refused, type Bench } from "./bench.ts";

const file = (name: string, content: string, mode: number) => ({ name, content: Buffer.from(content), mode });
const script = "#!/bin/sh\n# sim: echo hello\necho hello\n";

export function fileContract(bench: Bench): void {
  test("puts files into a folder: 0700, of root, with the modes asked for", async () => {
    const ctid = await bench.shared("running");
    await bench.driver().push(ctid, "/tmp/phoenix_run", [file("run.sh", script, 0o700), file("data.json", '{ "ä": 1 }\n', 0o600)], call());
    const stat = (path: string) => bench.exec(ctid, ["stat", "-c", "%a %u", path]);
    expect(await stat("/tmp/phoenix_run")).toMatchObject({ stdout: "700 0\n" });
    expect(await stat("/tmp/phoenix_run/run.sh")).toMatchObject({ stdout: "700 0\n" });
    expect(await stat("/tmp/phoenix_run/data.json")).toMatchObject({ stdout: "600 0\n" });
    expect(await bench.exec(ctid, ["cat", "/tmp/phoenix_run/data.json"])).toMatchObject({ stdout: '{ "ä": 1 }\n' });
    expect(await bench.exec(ctid, ["/tmp/phoenix_run/run.sh", "950"])).toEqual({ code: 0, stdout: "hello\n", stderr: "" });
  });

  test("empties the folder first", async () => {
    const ctid = await bench.shared("running");
    await bench.driver().push(ctid, "/opt/drop", [file("one", "1", 0o600), file("two", "2", 0o600)], call());
    await bench.driver().push(ctid, "/opt/drop", [file("two", "new", 0o600)], call());
    expect(await bench.read(ctid, "/opt/drop/one")).toBeNull();
    expect(await bench.read(ctid, "/opt/drop/two")).toBe("new");
  });

  test("an empty file, and one of a megabyte that is not text", async () => {
    const ctid = await bench.shared("running");
    const content = Buffer.alloc(1_000_000, Buffer.from([0, 255, 10, 13, 128]));
    await bench.driver().push(ctid, "/opt/drop", [file("empty", "", 0o600), { name: "big", content, mode: 0o600 }], call());
    const size = (name: string) => bench.exec(ctid, ["stat", "-c", "%s", `/opt/drop/${name}`]);
    expect([(await size("empty")).stdout, (await size("big")).stdout]).toEqual(["0\n", "1000000\n"]);
    const got: Uint8Array[] = [];
    const output = { stdout: (chunk: Uint8Array) => void got.push(chunk.slice()), stderr: () => {} };
    await bench.driver().exec(ctid, { argv: ["cat", "/opt/drop/big"], env: {}, stdin: "none", output }, call());
    expect(Buffer.concat(got).equals(content)).toBe(true);
    await bench.exec(ctid, ["rm", "-rf", "/opt/drop"]);
  });

  test("a stopped container is CONTAINER_NOT_RUNNING", async () => {
    const ctid = await bench.shared("stopped");
    await refused(bench.driver().push(ctid, "/opt/drop", [], call()), "CONTAINER_NOT_RUNNING");
  });
}
