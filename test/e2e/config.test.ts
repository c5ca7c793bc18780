import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Metadata } from "@grpc/grpc-js";
import { readFolder } from "../../src/ctl/config/folder.ts";
import { piecesOf } from "../../src/ctl/config/send.ts";
import { connect, upload } from "../../src/ctl/fleet/host.ts";
import { socketPlace } from "../../src/ctl/fleet/places.ts";
import { start } from "../ctl/support/client.ts";
import { phoenixctl, type Result } from "../ctl/support/in-process.ts";
import { makeHouse, simGround, until, type House } from "./support/house.ts";

// The configuration from the workstation, with the built agent: a folder is in force whole, or nothing has happened.

const examples = resolve(import.meta.dirname, "../../examples");
const manifestName = "phoenix_lxc_configs.json";
let house: House;
const drafts: string[] = [];
type Edit = (text: string) => string;

beforeAll(async () => {
  house = makeHouse(simGround());
  await house.startAgent();
  const { code, err } = house.ctl("orchestrate", "--all", "-q");
  if (code !== 0) throw new Error(`the host of these tests is not as it should be: ${err}`);
});
afterAll(async () => {
  await house.dispose();
  for (const each of drafts) rmSync(each, { recursive: true, force: true });
});

/** A client on a workstation of somebody's own, which remembers what they have seen. */
function ctl(who: "ana" | "bo", ...args: readonly string[]): Promise<Result> {
  return phoenixctl(args, { socket: house.socket, env: { SUDO_USER: who, PHOENIX_CACHE_DIR: join(house.folder, `cache of ${who}`) } });
}

/** The examples in a folder on the workstation, with their manifest changed. */
function draft(edit: Edit = (text) => text): string {
  const folder = mkdtempSync(join(tmpdir(), "phoenix-draft-"));
  chmodSync(folder, 0o755);
  drafts.push(folder);
  cpSync(examples, folder, { recursive: true });
  edited(edit)(folder);
  return folder;
}

/** Changes the manifest in a folder. */
function edited(edit: Edit): (folder: string) => void {
  return (folder) => {
    const file = join(folder, manifestName);
    writeFileSync(file, edit(readFileSync(file, "utf8")));
  };
}

/** Memory for the template. */
const memory = (mb: number) => (text: string) => text.replace('"memory_mb": 64', `"memory_mb": ${mb}`);
const onHost = () => readFileSync(join(house.folder, manifestName), "utf8");

async function newest(): Promise<{ readonly no: number; readonly count: number }> {
  const { stdout } = await ctl("ana", "config", "history", "--limit", "1000", "-o", "json");
  const { current, versions } = JSON.parse(stdout) as { current: number; versions: readonly unknown[] };
  return { no: current, count: versions.length };
}

/** Some work that may leave no version, and nothing else on the host. */
async function changingNothing<T>(work: () => Promise<T>): Promise<T> {
  const before = [await newest(), onHost()];
  const answer = await work();
  expect([await newest(), onHost()]).toEqual(before);
  return answer;
}

test("diff says what would change, containers first; push puts it into force; then nothing differs", async () => {
  const folder = draft((text) => memory(96)(text).replace('"cores": 2', '"cores": 3'));
  const diff = await changingNothing(() => ctl("ana", "config", "diff", folder));
  const rows = ["  900  template-base   memory_mb 64 -> 96", "  950  language-model  cores 2 -> 3"];
  expect(diff.stdout.split("\n").slice(1, 5)).toEqual(["The next orchestrate would change:", ...rows, ""]);
  expect(diff.stdout).toContain('-      "memory_mb": 64,\n+      "memory_mb": 96,\n');
  expect(diff.code).toBe(7);

  const pushed = await ctl("ana", "config", "push", folder, "-m", "more memory");
  expect([pushed.code, pushed.stderr]).toEqual([0, ""]);
  expect(pushed.stdout).toContain("pushed by ana");
  expect(onHost()).toBe(readFileSync(join(folder, manifestName), "utf8"));
  expect((await ctl("ana", "config", "diff", folder)).code).toBe(0);
  expect(await changingNothing(() => ctl("ana", "config", "push", folder))).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("has it already"),
  });

  // What the difference has announced is what a run does; and a second one has nothing left to do.
  const plan = await ctl("ana", "plan", "orchestrate", "--all");
  expect([plan.code, rows.filter((row) => !plan.stdout.includes(row))]).toEqual([7, []]);
  expect((await ctl("ana", "orchestrate", "--all", "-q")).code).toBe(0);
  expect(await ctl("ana", "plan", "orchestrate", "--all")).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("nothing to do · nothing was executed"),
  });
});

test("check says what of a folder is not sent", async () => {
  const folder = draft();
  writeFileSync(join(folder, "bin/.notes.sh.swp"), "");
  const { code, stdout } = await changingNothing(() => ctl("ana", "config", "check", folder));
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^not sent: .*\/bin\/\.notes\.sh\.swp\n7 files, .*: 0 errors, 0 warnings\n$/s)]);
});

test("revert is a new version with what the old one had", async () => {
  expect((await ctl("ana", "config", "push", draft(memory(80)))).code).toBe(0);
  const before = await newest();
  const { code, stdout } = await ctl("bo", "config", "revert", "1");
  expect([code, await newest()]).toEqual([0, { no: before.no + 1, count: before.count + 1 }]);
  expect(stdout).toMatch(/reverted by bo .*: back to version 1/);
  expect((await ctl("bo", "config", "diff", "1")).stdout).toContain("Nothing differs.");
  expect((await ctl("bo", "config", "diff", "1", String(before.no))).stdout).toContain('+      "memory_mb": 80,');
});

test("letsgo --push goes with what it has pushed, and its run says so", async () => {
  const folder = draft((text) =>
    text.replace('"cores": 1,\n      "application_script": "notes.sh"', '"cores": 4,\n      "application_script": "notes.sh"'),
  );
  expect(await ctl("ana", "letsgo", "952", "--push", folder)).toMatchObject({ code: 0, stderr: "" });
  const { runs } = JSON.parse((await ctl("ana", "run", "list", "-o", "json", "--limit", "1")).stdout) as {
    runs: readonly { readonly ctid: number; readonly config_version: number }[];
  };
  expect(runs).toMatchObject([{ ctid: 952, config_version: (await newest()).no }]);
  const { settings } = JSON.parse((await ctl("ana", "show", "952", "-o", "json")).stdout) as { settings: unknown };
  expect(settings).toContainEqual({ name: "cores", live: "4", wanted: "4" });
});

test("letsgo --push of a folder with errors begins no run", async () => {
  const runs = async () => (await ctl("ana", "run", "list", "-o", "json")).stdout;
  const before = await runs();
  const answer = await changingNothing(() =>
    ctl(
      "ana",
      "letsgo",
      "952",
      "--push",
      draft((text) => text.replace('"cores": 1', '"cores": 0')),
    ),
  );
  expect([answer.code, await runs()]).toEqual([6, before]);
  expect(answer.stderr).toContain('$.lxc_configs["900"].cores');
});

test("of two pushes at once on one version, one is in force and the other is refused", async () => {
  const before = await newest();
  const base = String((await newest()).count);
  const ends = await Promise.all([
    ctl("ana", "config", "push", draft(memory(101)), "--base", base),
    ctl("bo", "config", "push", draft(memory(102)), "--base", base),
  ]);
  expect(ends.map(({ code }) => code).toSorted((a, b) => a - b)).toEqual([0, 6]);
  expect(await newest()).toEqual({ no: before.count + 1, count: before.count + 1 });
  const lost = ends.find(({ code }) => code === 6);
  expect(lost?.stderr).toMatch(/version \d+ was pushed by (ana|bo) at .*, after version \d+, which you have seen\. Nothing was changed\./);
});

test("who has seen an older version is told of the newer one first", async () => {
  const folder = draft(memory(111));
  await ctl("ana", "config", "diff", folder);
  expect((await ctl("bo", "config", "push", draft(memory(112)), "-m", "mine")).code).toBe(0);
  const { code, stderr } = await changingNothing(() => ctl("ana", "config", "push", folder));
  expect([code, stderr]).toEqual([6, expect.stringMatching(/was pushed by bo at .* \(mine\), after version/)]);
  await ctl("ana", "config", "diff", folder);
  expect((await ctl("ana", "config", "push", folder)).code).toBe(0);
});

describe("a push that is cut off in the middle changes nothing", () => {
  const commit = { request_id: "cut-off", base: 0, author: "ana", message: "", force: true };

  test("the client ends the stream before the end of the upload", async () => {
    const host = await connect(socketPlace(house.socket));
    try {
      const pieces = [...piecesOf(readFolder(draft(memory(121))))].slice(0, -1);
      const requests = [{ commit }, ...pieces.map((piece) => ({ upload: piece }))];
      const answer = changingNothing(() => upload(host, host.services.config.PushConfig, requests).catch((error: Error) => error.message));
      expect(await answer).toContain("cut off");
    } finally {
      host.client.close();
    }
  });

  test("the client is gone", async () => {
    const host = await connect(socketPlace(house.socket));
    try {
      const [first] = piecesOf(readFolder(draft(memory(122))));
      const { path, requestSerialize, responseDeserialize } = host.services.config.PushConfig;
      await changingNothing(async () => {
        const gone = new Promise<string>((done) => {
          const call = host.client.makeClientStreamRequest(path, requestSerialize, responseDeserialize, new Metadata(), (error) =>
            done(error?.details ?? "answered"),
          );
          call.write({ commit });
          call.write({ upload: first ?? null }, () => call.cancel());
        });
        expect(await gone).toContain("ancelled");
      });
    } finally {
      host.client.close();
    }
  });
});

describe("what can't be pushed is refused whole, and every reason is told", () => {
  const cases: readonly (readonly [what: string, code: number, words: string, spoil: (folder: string) => void])[] = [
    ["a manifest of 50 MB", 2, "it has 52428800 bytes, expected at most 16777216", (at) => truncateSync(join(at, manifestName), 50 << 20)],
    [
      "a CTID twice",
      6,
      '$.lxc_configs["952"]: it is there twice, in lines 13 and 23',
      edited((text) => text.replace('"953": {', '"952": {')),
    ],
    [
      "a link out of the folder",
      2,
      "it is a link to /etc/passwd, out of the folder",
      (at) => symlinkSync("/etc/passwd", join(at, "bin/a.sh")),
    ],
    ["a link to nothing", 2, "bin/a.sh: it is not there", (at) => symlinkSync("nothing", join(at, "bin/a.sh"))],
    ["a device, by a link", 2, "it is a link to /dev/zero, out of the folder", (at) => symlinkSync("/dev/zero", join(at, "bin/a.sh"))],
    ["a pipe that nobody writes to", 2, "bin/a.sh: it is not a plain file", (at) => void execFileSync("mkfifo", [join(at, "bin/a.sh")])],
    ["a name with a line break", 2, '"a\\nb.sh" in ', (at) => writeFileSync(join(at, "bin/a\nb.sh"), "")],
    ["no manifest", 2, "expected the manifest as etc/phoenix_lxc_configs.json", (at) => rmSync(join(at, manifestName))],
    ["two manifests", 2, "there are two manifests", (at) => cpSync(join(at, manifestName), join(at, "etc", manifestName))],
    ["no scripts folder", 2, "bin: it is not there", (at) => rmSync(join(at, "bin"), { recursive: true })],
    [
      "a value that is none",
      6,
      ':8:16: error: $.lxc_configs["900"].cores: expected',
      edited((text) => text.replace('"cores": 1', '"cores": 0')),
    ],
    ["a manifest that is empty", 6, "not JSON", edited(() => "")],
    ["a container that runs is left out", 6, "953 is running and would no longer be in the manifest", edited(withoutFrontPage)],
  ];
  test.each(cases)("%s", async (_what, code, words, spoil) => {
    const folder = draft();
    spoil(folder);
    const answer = await changingNothing(() => ctl("ana", "config", "push", folder));
    expect([answer.code, answer.stdout]).toEqual([code, ""]);
    expect(answer.stderr).toContain(words);
    expect(answer.stderr).not.toMatch(/^ +at /m);
  });

  test("a device", async () => {
    if (process.getuid?.() !== 0) return; // Only root can make one.
    const folder = draft();
    execFileSync("mknod", [join(folder, "bin/a.sh"), "c", "1", "5"]);
    const { code, stderr } = await changingNothing(() => ctl("ana", "config", "push", folder));
    expect([code, stderr]).toEqual([2, expect.stringContaining("bin/a.sh: it is not a plain file")]);
  });

  test("no right to read it", async () => {
    const folder = draft();
    chmodSync(join(folder, "bin/notes.sh"), 0);
    const nobody = process.getuid?.() === 0 ? { uid: 65534 } : {};
    const { code, stderr } = await changingNothing(() => start(["config", "push", folder], { socket: house.socket, ...nobody }).ended);
    expect([code, stderr]).toEqual([2, expect.stringContaining("bin/notes.sh: no permission to read it")]);
  });
});

function withoutFrontPage(text: string): string {
  const manifest = JSON.parse(text) as { lxc_configs: Record<string, unknown> };
  delete manifest.lxc_configs["953"];
  return JSON.stringify(manifest);
}

test("a broken edit on the host leaves the last good version in force, and is told everywhere; a push mends it", async () => {
  const before = await newest();
  writeFileSync(join(house.folder, manifestName), "{");
  await until(async () => (await newest()).count > before.count);
  expect(await newest()).toEqual({ no: before.no, count: before.count + 1 });
  const trouble = `the files on the host have 1 error; version ${before.no} stays in force`;
  const ps = await ctl("ana", "ps");
  expect([ps.code, ps.stdout.replaceAll(/\s+/g, " ")]).toEqual([0, expect.stringContaining(trouble)]);
  expect(ps.stdout).toContain("952");
  expect(await ctl("ana", "config", "check")).toMatchObject({ code: 1, stdout: expect.stringContaining(trouble) });
  expect((await ctl("ana", "events", "--level", "error")).stdout).toContain("is set aside: not JSON");
  const folder = draft();
  await ctl("ana", "config", "diff", folder);
  expect((await ctl("ana", "config", "push", folder)).code).toBe(0);
  expect((await ctl("ana", "ps")).stdout).not.toContain("stays in force");
  expect(onHost()).toBe(readFileSync(join(folder, manifestName), "utf8"));
});

test("with --force a container that runs may leave the manifest, and goes on running", async () => {
  const folder = draft(withoutFrontPage);
  await ctl("ana", "config", "diff", folder);
  const { code, stdout } = await ctl("ana", "config", "push", folder, "--force");
  expect([code, stdout]).toEqual([0, expect.stringContaining("no longer in the manifest: 953")]);
  expect((await ctl("ana", "ps")).stdout).toMatch(/953\s+front-page\s+running/);
});
