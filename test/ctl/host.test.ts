import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { saveCredentials } from "../../src/ctl/fleet/credentials.ts";
import { changeHosts } from "../../src/ctl/fleet/hosts-change.ts";
import { withHostAdded } from "../../src/ctl/fleet/hosts.ts";
import { remember } from "../../src/ctl/fleet/memory.ts";
import { toTimestamp } from "../../proto/time.ts";
import { withAgent } from "./support/fake-agent.ts";
import { phoenixctl } from "./support/in-process.ts";
import { noon } from "./support/samples.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "phoenixctl-host-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const ctl = (...args: string[]) => phoenixctl(args, { env: { PHOENIX_CONFIG_DIR: folder, PHOENIX_CACHE_DIR: join(folder, "cache") } });
const host = (...args: string[]) => ctl("host", ...args);
const file = () => JSON.parse(readFileSync(join(folder, "hosts.json"), "utf8")) as unknown;

async function joined(name: string): Promise<void> {
  const credentials = await saveCredentials(folder, name, { ca: "CA", certificate: "CERTIFICATE", key: "KEY" });
  const entry = { kind: "tls", addresses: [`${name}.lan:7443`], ca_pins: [`sha256:${"0f".repeat(32)}`], credentials } as const;
  await changeHosts(folder, (all) => withHostAdded(all, name, entry));
}

test.each(
  [
    ["host", "add", "here", "--socket", "/run/phoenix/agent.sock"],
    ["host", "remove", "here"],
    ["host", "rename", "here", "there"],
    ["host", "default", "here"],
    ["host", "group", "lab", "here"],
    ["host", "group", "lab", "--delete"],
    ["host", "info", "here"],
    ["ps", "-H", "here"],
    ["ps", "--all-hosts"],
  ].map((args) => [args] as const),
)("without a home %j says what names a folder", async (args) => {
  const { code, stdout, stderr } = await phoenixctl(args);
  expect([code, stdout, stderr]).toEqual([
    2,
    "",
    "there is no folder for what is known of hosts: neither PHOENIX_CONFIG_DIR nor XDG_CONFIG_HOME nor HOME is set.\n" +
      "  name it   PHOENIX_CONFIG_DIR=FOLDER phoenixctl …\n" +
      "  without   phoenixctl --socket PATH …   reaches an agent of this machine\n",
  ]);
});

test("without a home the agent of this machine is reached as ever, and no hosts are known", async () => {
  const { socket } = await withAgent({ ListContainers: { containers: [] } });
  expect(await phoenixctl(["ps"], { socket })).toEqual({ code: 0, stdout: "no containers on pve1\n", stderr: "" });
  for (const args of [["list"], ["default"], ["group"]]) expect(await phoenixctl(["host", ...args])).toMatchObject({ code: 0, stderr: "" });
});

test("hosts come, are grouped, renamed, and go again", async () => {
  expect((await host("add", "here", "--socket", "/run/phoenix/agent.sock")).stdout).toBe(
    "here is known now, by its socket /run/phoenix/agent.sock.\n",
  );
  await joined("pve1");
  await joined("pve2");
  expect((await host("group", "gpu", "pve1", "pve2")).code).toBe(0);
  expect((await host("default", "gpu")).stdout).toBe("a command line that names no host means gpu.\n");
  expect((await host("rename", "pve2", "attic")).stdout).toBe("pve2 is called attic now.\n");
  expect((await host("list")).stdout).toMatchInlineSnapshot(`
   "HOST   REACHED BY                      GROUPS  NOTE
   here   socket /run/phoenix/agent.sock  -
   pve1   pve1.lan:7443                   gpu
   attic  pve2.lan:7443                   gpu

   default: the group gpu
   "
  `);
  expect((await host("group")).stdout).toMatchInlineSnapshot(`
   "GROUP  HOSTS        NOTE
   gpu    pve1, attic  default
   "
  `);
  expect((await host("remove", "pve1")).stdout).toBe("pve1 is forgotten. Nothing was changed on the host itself.\n");
  expect(readdirSync(join(folder, "credentials"))).toEqual([expect.stringMatching(/^pve2-/)]);
  await host("remove", "attic");
  expect(file()).toEqual({ default: null, hosts: { here: { kind: "socket", socket: "/run/phoenix/agent.sock" } }, groups: {} });
});

test("programs get records", async () => {
  await joined("pve1");
  await host("group", "gpu", "pve1");
  await host("default", "pve1");
  expect(JSON.parse((await host("list", "-o", "json")).stdout)).toEqual({
    default: "pve1",
    hosts: [{ host: "pve1", kind: "tls", addresses: ["pve1.lan:7443"], ca_pins: [expect.any(String)], groups: ["gpu"], default: true }],
    groups: { gpu: ["pve1"] },
  });
  expect(JSON.parse((await host("group", "-o", "ndjson")).stdout)).toEqual({ group: "gpu", hosts: ["pve1"], default: false });
  expect(JSON.parse((await host("default", "-o", "json")).stdout)).toEqual({ default: "pve1" });
});

test.each([
  [["add", "here"], 2, "how is here reached?"],
  [["add", "950", "--socket", "/s"], 2, `"950" can't be the name of a host`],
  [["add", "pve1", "--socket", "/s"], 2, "there is a host pve1 already"],
  [["add", "gpu", "--socket", "/s"], 2, "gpu is a group"],
  [["remove", "pve9"], 2, "there is no host pve9; there is pve1."],
  [["rename", "pve1", "gpu"], 2, "gpu is a group"],
  [["group", "pve1", "pve1"], 2, "pve1 is a host"],
  [["group", "gpu", "pve9"], 2, "there is no host pve9"],
  [["group", "attic"], 2, "there is no group attic; there is gpu."],
  [["group", "attic", "--delete"], 2, "there is no group attic"],
  [["group", "gpu", "pve1", "--delete"], 2, "--delete takes the whole group away"],
  [["default", "pve9"], 2, "there is no host pve9"],
  [["default", "pve1", "--unset"], 2, "--unset takes the default away"],
])("%j is refused, and changes nothing", async (args, code, words) => {
  await joined("pve1");
  await host("group", "gpu", "pve1");
  const before = file();
  const said = await host(...args);
  expect([said.code, said.stderr, said.stdout]).toEqual([code, expect.stringContaining(words), ""]);
  expect(file()).toEqual(before);
});

test.each([
  ["remove", ["remove", "pve1"]],
  ["rename", ["rename", "pve1", "attic"]],
])("what a host has told is forgotten with its name: %s", async (_, args) => {
  await joined("pve1");
  const containers = [{ ctid: 950, name: "vllm", exists: true, snapshots: [] }];
  const place = { kind: "known", name: "pve1", entry: { kind: "socket", socket: "/s" }, folder } as const;
  await remember({ PHOENIX_CACHE_DIR: join(folder, "cache") }, place, { containers });
  expect((await ctl("__complete", "show", "")).stdout).toContain("950");
  await host(...args);
  expect((await ctl("__complete", "show", "")).stdout).not.toContain("950");
});

describe("host info", () => {
  test("says what is known here, and what the host tells", async () => {
    const started_at = toTimestamp(noon - 3_600_000);
    const problems = [{ error: false, path: "$", line: 1, column: 1, message: "x" }];
    const told = { hostname: "node7", version: "0.3", driver: "lxc", manifest: "/etc/m.json", problems, started_at, active_runs: 2 };
    const { socket } = await withAgent({ GetHost: told });
    await host("add", "pve1", "--socket", socket);
    await host("group", "gpu", "pve1");
    const { code, stdout } = await host("info", "pve1");
    expect([code, stdout.replace(socket, "/…/agent.sock")]).toMatchInlineSnapshot(`
     [
       0,
       "pve1
       reached by    socket /…/agent.sock
       groups        gpu
       calls itself  node7
       agent         0.3, driver lxc, up since 13:01
       manifest      /etc/m.json, 1 remark: phoenixctl config check -H pve1
       runs          2 under way or queued
     ",
     ]
    `);
    expect(JSON.parse((await host("info", "pve1", "-o", "json")).stdout)).toMatchObject({
      host: "pve1",
      groups: ["gpu"],
      certificate: null,
      agent: { hostname: "node7", version: "0.3", driver: "lxc", problems: 1, active_runs: 2 },
      failed: null,
    });
  });

  test("says what is known of one that does not answer, and why it does not", async () => {
    await host("add", "pve1", "--socket", "/nonexistent/agent.sock");
    const { code, stdout } = await host("info", "pve1");
    expect([code, stdout]).toMatchInlineSnapshot(`
     [
       4,
       "pve1
       reached by    socket /nonexistent/agent.sock
       agent         unreachable: no such socket (/nonexistent/agent.sock)
     ",
     ]
    `);
    expect(JSON.parse((await host("info", "pve1", "-o", "json")).stdout)).toMatchObject({ agent: null, failed: { reason: "unreachable" } });
  });

  test("of one that is not known it is an error", async () => {
    expect(await host("info", "pve9")).toMatchObject({ code: 2, stderr: expect.stringContaining("there is no host pve9") as unknown });
  });
});
