import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hosts } from "../../src/ctl/fleet/hosts.ts";
import type { Memory } from "../../src/ctl/fleet/memory.ts";
import { phoenixctl } from "./support/in-process.ts";

const socket = { kind: "socket", socket: "/nonexistent/agent.sock" } as const;
const hosts: Hosts = { default: null, hosts: { pve1: socket, pve2: socket, lab: socket }, groups: { gpu: ["pve2", "lab"] } };
const container = (ctid: number, name: string, snapshots: readonly string[]) => ({ ctid, name, exists: true, snapshots });
const memories: readonly Memory[] = [
  {
    host: "pve1",
    containers: [container(953, "nginx", ["pre-configured"]), container(950, "vllm", ["pre-configured", "final-form", "before-9"])],
    runs: ["01K4AAAAAAAAAAAAAAAAAA7QXZ", "01K4BBBBBBBBBBBBBBBBBB7QXZ"],
  },
  { host: "pve2", containers: [container(1203, "evil\u001b[31m\n", ["$(reboot)", "--force", "a b", "good"])], runs: ["`reboot`"] },
];

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "phoenixctl-completion-"));
  mkdirSync(join(folder, "hosts"));
  writeFileSync(join(folder, "hosts.json"), JSON.stringify(hosts));
  for (const memory of memories) writeFileSync(join(folder, "hosts", `${memory.host}.json`), JSON.stringify({ layout: 1, ...memory }));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The answer to the shell, in lines. */
async function answer(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const places = { PHOENIX_CONFIG_DIR: folder, PHOENIX_CACHE_DIR: folder, ...env };
  const { code, stdout, stderr } = await phoenixctl(["__complete", ...words], { env: places });
  expect([code, stderr]).toEqual([0, ""]);
  return stdout.split("\n").slice(0, -1);
}

test.each<readonly [words: readonly string[], expected: readonly string[]]>([
  [["le"], ["letsgo"]],
  [["sh"], ["show"]],
  [["-q", "le"], ["letsgo"]],
  [["help", "snap"], ["snapshot"]],
  [["snapshot", "re"], ["restore"]],
  [["-H", "pve1", "snapshot", "li"], ["list"]],
  [["nonsense", ""], []],
  // Containers: the smallest first, and none twice.
  [
    ["letsgo", ""],
    ["950", "953", "1203"],
  ],
  [
    ["letsgo", "95"],
    ["950", "953"],
  ],
  [["letsgo", "950", "95"], ["953"]],
  [["-H", "pve2", "letsgo", ""], ["1203"]],
  [["letsgo", "-g", "gpu", ""], ["1203"]],
  [["letsgo", "--host=pve2", ""], ["1203"]],
  [["events", "--ctid", "12"], ["1203"]],
  [["plan", "lets"], ["letsgo"]],
  [["plan", "letsgo", "12"], ["1203"]],
  [["exec", "12"], ["1203"]],
  [["exec", "950", ""], ["--"]],
  [["exec", "950", "--", ""], []],
  // Snapshots of the container that was named, and only such that are one word to a shell.
  [
    ["snapshot", "restore", "950", ""],
    ["pre-configured", "final-form", "before-9"],
  ],
  [
    ["snapshot", "diff", "950", "final-form", ""],
    ["pre-configured", "before-9"],
  ],
  [["snapshot", "restore", "1203", ""], ["good"]],
  [["clone", "953", "--snapshot", ""], ["pre-configured"]],
  [
    ["run", "show", ""],
    ["01K4BBBBBBBBBBBBBBBBBB7QXZ", "01K4AAAAAAAAAAAAAAAAAA7QXZ"],
  ],
  [["run", "cancel", "01K4A"], ["01K4AAAAAAAAAAAAAAAAAA7QXZ"]],
  // Hosts and groups; what stands before a comma or "=" stays.
  [
    ["-H", ""],
    ["pve1", "pve2", "lab"],
  ],
  [["ps", "-H", "pve1,p"], ["pve1,pve2"]],
  [
    ["ps", "--host=pv"],
    ["--host=pve1", "--host=pve2"],
  ],
  [["ps", "--host=pve1,l"], ["--host=pve1,lab"]],
  [["ps", "-g", ""], ["gpu"]],
  [["host", "remove", "l"], ["lab"]],
  [["host", "default", "g"], ["gpu"]],
  [["host", "group", ""], ["gpu"]],
  [["host", "group", "gpu", "l"], ["lab"]],
  [["host", "rename", "lab", "p"], []],
  // bash takes the words apart at "=", and wants the last one.
  [
    ["ps", "--host", "=", "pv"],
    ["pve1", "pve2"],
  ],
  [
    ["ps", "--output", "="],
    ["table", "json", "ndjson", "yaml"],
  ],
  [["ps", "-o", "nd"], ["ndjson"]],
  [["ps", "--out"], ["--output"]],
  [["--all"], ["--all-hosts"]],
  [["ps", "--quiet", "--q"], []],
  [
    ["boot", "owner", ""],
    ["proxmox", "agent"],
  ],
  [
    ["completion", ""],
    ["bash", "zsh", "fish"],
  ],
  // Files are the shell's.
  [["config", "push", ""], [":files"]],
  [["letsgo", "--push", "./con"], [":files"]],
  [["ps", "--socket", "/run/"], [":files"]],
])("%j becomes %j", async (words, expected) => {
  expect((await answer(words)).map((line) => line.split("\t")[0])).toEqual(expected);
});

test("what a word means is one line without anything that a terminal obeys", async () => {
  expect(await answer(["show", ""])).toEqual(["950\tvllm on pve1", "953\tnginx on pve1", "1203\tevil on pve2"]);
  expect(await answer(["-H", "pve1", "show", "950"])).toEqual(["950\tvllm"]);
});

test.each([
  ["nothing that is known", "", ""],
  ["damaged files", "{", "{"],
  ["files of another make", JSON.stringify({ layout: 1 }), JSON.stringify({ hosts: 1 })],
])("with %s commands are still proposed, and no error is said", async (_, memory, known) => {
  const other = mkdtempSync(join(tmpdir(), "phoenixctl-completion-"));
  try {
    mkdirSync(join(other, "hosts"));
    writeFileSync(join(other, "hosts", "pve1.json"), memory);
    writeFileSync(join(other, "hosts.json"), known);
    const env = { PHOENIX_CONFIG_DIR: other, PHOENIX_CACHE_DIR: other };
    expect((await answer(["le"], env)).map((line) => line.split("\t")[0])).toEqual(["letsgo"]);
    await answer(["letsgo", "95"], env);
  } finally {
    rmSync(other, { recursive: true });
  }
});
