import { beforeEach, expect, test } from "@jest/globals";
import type { SimDriver } from "../../../src/agent/driver/sim/sim.ts";
import { call, collected } from "../contract/bench.ts";
import { ctid, sim } from "./support.ts";

let driver: SimDriver;
beforeEach(() => {
  driver = sim();
  driver.outside.add(ctid);
  driver.outside.start(ctid);
});

async function run(...argv: string[]) {
  const { output, stdout, stderr } = collected();
  const noted = call();
  const code = await driver.exec(ctid, { argv, env: { A: "1" }, stdin: "none", output }, noted);
  return { code, stdout: stdout(), stderr: stderr(), notes: noted.notes.length };
}

async function runScript(text: string) {
  const { output, stdout, stderr } = collected();
  const noted = call();
  const files = [{ name: "app.sh", content: Buffer.from(text), mode: 0o700 }];
  const code = await driver.runInside(ctid, { folder: "/tmp/run", files, main: "app.sh" }, { env: { A: "1" }, output }, noted);
  return { code, stdout: stdout(), stderr: stderr(), notes: noted.notes.length };
}

const lines: readonly (readonly [string, number, string])[] = [
  ["true; false", 1, ""],
  ["false; true", 0, ""],
  ["false && echo no; echo yes", 0, "yes\n"],
  ["true && exit 4; echo no", 4, ""],
  ["exit", 0, ""],
  ["sh -c 'exit 4'; echo after", 0, "after\n"],
  [`echo 'a;b'"c d"e > /x; echo two >> /x; cat /x`, 0, "a;bc de\ntwo\n"],
  ["echo x > /dev/null; test -e /dev/null", 1, ""],
  ["echo one > /dir/x && test -d /dir && test -f /dir/x", 0, ""],
  ["test -f /dir", 1, ""],
  ["rm /nothing", 1, ""],
  ["rm -rf /nothing", 0, ""],
  ["echo 1 > /d/a; echo 2 > /d/b; rm -rf /d; test -e /d", 1, ""],
  ["hostname; pwd", 0, "ct950\n/\n"],
  ["sleep 3600", 0, ""],
  ["/bin/true", 0, ""],
  ["echo $HOME", 127, ""],
  ["true | cat", 127, ""],
  ["; true", 127, ""],
  ["echo x >", 127, ""],
  ["read name </proc/1/comm\n[ x = y ] || exit 0", 0, ""],
  ["curl http://localhost", 127, ""],
];

test.each(lines)("sh -c %j", async (line, code, stdout) => {
  const result = await run("sh", "-c", line);
  expect(result).toMatchObject({ code, stdout });
  if (code === 127) expect(result.stderr).toBe(`sim: not found: ${line} (sim.unknown_commands: succeed in agent.yaml lets it pass)\n`);
});

test("a script leaves its line, and does what its comments say", async () => {
  const text =
    "#!/bin/sh\n# sim: write /etc/app some text\n# sim: echo started\n# sim: echo warning >&2\n# sim: exit 3\n# sim: echo never\nrm -rf /\n";
  expect(await runScript(text)).toEqual({ code: 3, stdout: "started\n", stderr: "warning\n", notes: 0 });
  expect(driver.read(ctid, "/etc/app")).toBe("some text\n");
  await runScript("#!/bin/sh\n");
  expect(driver.layers(ctid)).toEqual([expect.stringMatching(/^run app\.sh [0-9a-f]{8}$/), "run app.sh a8076d3d"]);
});

test("a script can print a lot, bytes that are no text, and hold its output", async () => {
  const printed = await runScript("# sim: print 2500 lines\n");
  expect(printed.stdout.split("\n")).toHaveLength(2501);
  expect(printed.stdout.endsWith("line 2500\n")).toBe(true);
  expect((await runScript("# sim: bytes ff fe 41\n")).stdout).toBe(Buffer.from([0xff, 0xfe, 0x41]).toString("utf8"));
  expect(await runScript("# sim: hold\n# sim: echo done\n")).toEqual({ code: 0, stdout: "done\n", stderr: "", notes: 1 });
  expect(driver.model().containers[ctid]?.processes).toMatchObject([{ title: "sleep infinity" }]);
});

test("a file that is no script of theirs can't be run", async () => {
  driver.outside.write(ctid, "/plain", "text");
  expect(await run("/plain")).toMatchObject({ code: 126 });
  expect(await run("sh", "/plain")).toMatchObject({ code: 0 });
  expect(await run("/nowhere")).toMatchObject({ code: 127 });
});
