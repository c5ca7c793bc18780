import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { dropCredentials, loadCredentials, saveCredentials } from "../../../src/ctl/fleet/credentials.ts";
import { changeHosts } from "../../../src/ctl/fleet/hosts-change.ts";
import { hostsFile, loadHosts } from "../../../src/ctl/fleet/hosts-file.ts";
import { noHosts, withHostAdded } from "../../../src/ctl/fleet/hosts.ts";

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "phoenixctl-hosts-")), "phoenix");
});
afterEach(() => rmSync(join(folder, ".."), { recursive: true }));

const here = { kind: "socket", socket: "/run/phoenix/agent.sock" } as const;

test("no file: no hosts, and none is made by looking", async () => {
  expect(loadHosts(folder)).toEqual(noHosts);
  expect(existsSync(folder)).toBe(false);
});

test("the folder and the file are their owner's alone, and the file is for people to read", async () => {
  await changeHosts(folder, (all) => withHostAdded(all, "here", here));
  expect([statSync(folder).mode & 0o777, statSync(hostsFile(folder)).mode & 0o777]).toEqual([0o700, 0o600]);
  expect(readFileSync(hostsFile(folder), "utf8")).toMatchInlineSnapshot(`
   "{
     "default": null,
     "hosts": {
       "here": {
         "kind": "socket",
         "socket": "/run/phoenix/agent.sock"
       }
     },
     "groups": {}
   }
   "
  `);
  expect(readdirSync(folder)).toEqual(["hosts.json"]);
});

test("a file that is wrong is named with every problem, and never written over", async () => {
  mkdirSync(folder);
  writeFileSync(hostsFile(folder), '{ "default": "pve9", "more": 1 }');
  const lines = await changeHosts(folder, (all) => all).catch((thrown: { lines: () => readonly (readonly { text: string }[])[] }) =>
    thrown.lines().map((line) => line.map(({ text }) => text).join("")),
  );
  expect(lines).toEqual([
    `${hostsFile(folder)} is not right. Nothing was done.`,
    "  wrong   more: unknown; expected only default, hosts, groups",
    '  wrong   default: expected the name of a host or a group, or null, got "pve9"',
  ]);
  expect(readFileSync(hostsFile(folder), "utf8")).toBe('{ "default": "pve9", "more": 1 }');
});

test("an edit that throws leaves everything as it was, and the next one is not held up", async () => {
  await changeHosts(folder, (all) => withHostAdded(all, "here", here));
  await expect(changeHosts(folder, (all) => withHostAdded(all, "here", here))).rejects.toThrow("there is a host here already");
  expect(Object.keys((await changeHosts(folder, (all) => withHostAdded(all, "there", here))).hosts)).toEqual(["here", "there"]);
});

test("a file that is a link stays one", async () => {
  mkdirSync(folder);
  const elsewhere = join(folder, "../dotfiles.json");
  writeFileSync(elsewhere, "{}");
  symlinkSync(elsewhere, hostsFile(folder));
  await changeHosts(folder, (all) => withHostAdded(all, "here", here));
  expect(readFileSync(elsewhere, "utf8")).toContain('"here"');
});

test("many clients at once: every change is kept", async () => {
  const modules = resolve(__dirname, "../../../src/ctl/fleet");
  const program = `
    const { changeHosts } = await import(${JSON.stringify(join(modules, "hosts-change.ts"))});
    const { withHostAdded } = await import(${JSON.stringify(join(modules, "hosts.ts"))});
    for (let i = 0; i < 10; i += 1) {
      await changeHosts(${JSON.stringify(folder)}, (all) => withHostAdded(all, process.argv[1] + i, { kind: "socket", socket: "/s" }));
    }`;
  const clients = ["a", "b", "c", "d"];
  await Promise.all(
    clients.map((name) =>
      promisify(execFile)(process.execPath, ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", program, name]),
    ),
  );
  expect(Object.keys(loadHosts(folder).hosts)).toHaveLength(40);
  expect(readdirSync(folder)).toEqual(["hosts.json"]);
});

test("a client that was killed in the middle holds nobody up", async () => {
  const modules = resolve(__dirname, "../../../src/ctl/fleet");
  const program = `
    const { changeHosts } = await import(${JSON.stringify(join(modules, "hosts-change.ts"))});
    await changeHosts(${JSON.stringify(folder)}, () => process.kill(process.pid, "SIGKILL"));`;
  const killed = promisify(execFile)(process.execPath, ["--input-type=module", "-e", program]);
  await expect(killed).rejects.toMatchObject({ signal: "SIGKILL" });
  expect(Object.keys((await changeHosts(folder, (all) => withHostAdded(all, "here", here))).hosts)).toEqual(["here"]);
});

describe("credentials", () => {
  const given = { ca: "CA", certificate: "CERTIFICATE", key: "KEY" };

  test("are kept for their owner alone, and read back", async () => {
    const name = await saveCredentials(folder, "pve1", given);
    expect(name).toMatch(/^credentials\/pve1-[0-9a-f]{8}$/);
    expect(await loadCredentials(folder, name)).toEqual(given);
    const modes = readdirSync(join(folder, name)).map((file) => [file, statSync(join(folder, name, file)).mode & 0o777]);
    expect(Object.fromEntries(modes)).toEqual({ "ca.pem": 0o600, "certificate.pem": 0o600, "key.pem": 0o600 });
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o700);
  });

  test("with a key that others can read are not used", async () => {
    const name = await saveCredentials(folder, "pve1", given);
    const key = join(folder, name, "key.pem");
    rmSync(key);
    writeFileSync(key, "KEY", { mode: 0o644 });
    await expect(loadCredentials(folder, name)).rejects.toThrow(`${key} can be read by others than its owner`);
  });

  test("are gone when they are dropped, and missing ones are named", async () => {
    const [one, two] = [await saveCredentials(folder, "pve1", given), await saveCredentials(folder, "pve1", given)];
    await dropCredentials(folder, one);
    await expect(loadCredentials(folder, one)).rejects.toThrow(`${join(folder, one, "ca.pem")} can't be read`);
    expect(await loadCredentials(folder, two)).toEqual(given);
  });
});
