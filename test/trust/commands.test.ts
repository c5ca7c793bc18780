import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import type { CreateTokenResponse__Output } from "../../proto/index.ts";
import { phoenixctl } from "../ctl/support/in-process.ts";
import { closeHosts, openHost, type NetworkHost } from "./support/host.ts";

const day = 24 * 60 * 60 * 1000;

let folder: string;
let host: NetworkHost;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "phoenix-trust-ctl-"));
  host = await openHost();
});
afterEach(async () => {
  await closeHosts();
  rmSync(folder, { recursive: true, force: true });
});

const as =
  (name: string) =>
  (...args: string[]) =>
    phoenixctl(args, { env: { PHOENIX_CONFIG_DIR: join(folder, name) }, now: host.clock.now });
const ana = as("ana");
const ben = as("ben");

async function enter(who: "ana" | "ben", role: "ROLE_ADMIN" | "ROLE_READER"): Promise<void> {
  const { token } = await host.local.call<CreateTokenResponse__Output>("trust/CreateToken", { role, addresses: [host.address] });
  const { code, stderr } = await as(who)("host", "add", "pve1", token, "--as", who);
  expect([code, stderr]).toEqual([0, ""]);
}

/** What the client keeps: the name of the credentials that it uses, and all that there are. */
function kept(): { readonly used: string; readonly all: readonly string[] } {
  const { hosts } = JSON.parse(readFileSync(join(folder, "ana", "hosts.json"), "utf8")) as {
    hosts: Record<string, { credentials: string }>;
  };
  return { used: hosts["pve1"]!.credentials, all: readdirSync(join(folder, "ana", "credentials")) };
}

test("an admin sees who may come in, and revokes one of them: the next call is refused", async () => {
  await enter("ana", "ROLE_ADMIN");
  await enter("ben", "ROLE_READER");
  const list = await ana("trust", "list");
  expect([list.code, list.stderr]).toEqual([0, ""]);
  expect(list.stdout).toMatch(/pve1 \(sim\)\s+ana\s+admin\s+[0-9a-f]{12}\s.*127\.0\.0\.\d+\s+good\n/);
  expect(list.stdout).toMatch(/ben\s+reader/);
  expect(list.stdout).toMatch(/\nauthority {3}[0-9a-f]{12} {3}signs, trusted until /);

  expect((await ben("version")).code).toBe(0);
  expect(await ana("trust", "revoke", "ben")).toMatchObject({ code: 0, stderr: "" });
  const refused = await ben("trust", "list");
  expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining("this certificate was revoked") as unknown]);
  expect((await ana("trust", "list")).stdout).not.toMatch(/ben/);
  expect((await ana("trust", "list", "--ended")).stdout).toMatch(/ben .*revoked\n/);
  expect(await ana("trust", "revoke", "ben")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("no certificate is called ben") as unknown,
  });
});

test("who is no admin may neither see that nor the audit", async () => {
  await enter("ben", "ROLE_READER");
  for (const args of [["trust", "list"], ["trust", "revoke", "ana"], ["trust", "rotate"], ["audit"], ["audit", "verify"]]) {
    const { code, stderr } = await ben(...args);
    expect([args, code, stderr]).toEqual([args, 5, expect.stringContaining("this takes the role admin; ben is reader") as unknown]);
  }
});

test("the audit tells what was done and refused, by whom, without secrets", async () => {
  await enter("ana", "ROLE_ADMIN");
  await enter("ben", "ROLE_READER");
  await ben("trust", "revoke", "ana");
  const { code, stdout, stderr } = await ana("audit", "-o", "json");
  expect([code, stderr]).toEqual([0, ""]);
  const { entries } = JSON.parse(stdout) as { entries: { who: string; method: string; result: string; arguments: object }[] };
  expect(entries.map(({ who, method, result }) => [who, method.split("/")[2], result])).toEqual([
    ["ben", "RevokeTrust", "DENIED"],
    ["-", "Join", "OK"],
    ["local", "CreateToken", "OK"],
    ["-", "Join", "OK"],
    ["local", "CreateToken", "OK"],
  ]);
  expect(entries[0]!.arguments).toEqual({ subject: "ana" });
  expect(entries[1]!.arguments).toMatchObject({ name: "ben", secret: "…" });
  expect((await ana("audit", "--limit", "1")).stdout).toMatch(
    /^HOST .*\n.* ben +127\.0\.0\.\d+ +RevokeTrust +DENIED +\{"subject":"ana"\} .*\n$/,
  );
});

test("audit verify gives a mark, and finds a past that does not lead to it", async () => {
  await enter("ana", "ROLE_ADMIN");
  const good = await ana("audit", "verify");
  expect(good).toMatchObject({ code: 0, stderr: "" });
  expect(good.stdout).toMatch(/^the audit of pve1 \(sim\) is as it was written: 3 rows, from 1 on\.\n/);
  const mark = /--known (\S+)\n/.exec(good.stdout)![1]!;
  expect((await ana("audit", "verify", "--known", mark)).code).toBe(0);
  const bad = await ana("audit", "verify", "--known", `2:${"ab".repeat(32)}`);
  expect([bad.code, bad.stdout]).toEqual([
    1,
    expect.stringContaining("the audit of pve1 (sim) was changed: row 2 is not what it was") as unknown,
  ]);
  expect((await ana("audit", "verify", "--known", "12")).code).toBe(2);
});

test("a certificate is renewed by itself when less than a third of its life is left, and not before", async () => {
  host.pass(-65 * day);
  await enter("ana", "ROLE_ADMIN");
  host.pass(65 * day);
  const aging = kept();
  const { code, stdout, stderr } = await ana("trust", "list", "-o", "json");
  expect([code, stderr]).toEqual([0, ""]);
  const renewed = kept();
  expect(renewed.used).not.toBe(aging.used);
  expect(await ana("trust", "list")).toMatchObject({ code: 0, stderr: "" });
  expect(kept()).toEqual(renewed);
  // The one before stays for commands that run at that moment.
  expect(renewed.all).toHaveLength(2);
  const { certificates } = JSON.parse(stdout) as { certificates: { name: string }[] };
  expect(certificates.filter(({ name }) => name === "ana")).toHaveLength(1);
  expect(host.members.certificates().filter(({ name, revoked }) => name === "ana" && revoked === null)).toHaveLength(2);
});

test("a certificate that can't be renewed costs a warning, not the command", async () => {
  host.pass(-65 * day);
  await enter("ana", "ROLE_ADMIN");
  host.pass(65 * day);
  Object.assign(host.store.trust, {
    admit: () => {
      throw new Error("the disk is full");
    },
  });
  const { code, stdout, stderr } = await ana("trust", "list");
  expect([code, stdout]).toEqual([0, expect.stringContaining("ana") as unknown]);
  expect(stderr).toMatch(/^the certificate for pve1 ends .* and could not be renewed: /);
});

test("after a rotation, old and new authority are trusted, and everybody gets to know the new one by renewing", async () => {
  host.pass(-65 * day);
  await enter("ana", "ROLE_ADMIN");
  host.pass(65 * day);
  const before = readFileSync(join(folder, "ana", kept().used, "ca.pem"), "utf8");
  const rotated = await ana("trust", "rotate");
  expect([rotated.code, rotated.stderr]).toEqual([0, ""]);
  expect(rotated.stdout.split("\n").filter((line) => /^(authority|also trusted) {3}/.test(line))).toHaveLength(2);
  await enter("ben", "ROLE_READER");
  expect((await ben("host", "list")).code).toBe(0);
  expect((await ana("trust", "list")).code).toBe(0);
  const after = readFileSync(join(folder, "ana", kept().used, "ca.pem"), "utf8");
  expect([before, after].map((text) => text.match(/BEGIN CERTIFICATE/g)!.length)).toEqual([1, 2]);
});

test("while an old authority is trusted, there is no other rotation but one that trusts none of them", async () => {
  await enter("ana", "ROLE_ADMIN");
  expect((await ana("trust", "rotate")).code).toBe(0);
  const until = host.keyring.standing().trusted[1]!.retires;
  const before = host.keyring.standing().trusted.map(({ fingerprint }) => fingerprint);
  const refused = await ana("trust", "rotate");
  expect([refused.code, refused.stdout]).toEqual([6, ""]);
  expect(refused.stderr).toContain(`is trusted until ${new Date(until).toISOString().slice(0, 10)}, and by then every workstation`);
  expect(refused.stderr).toMatch(/Nothing was changed\.\n {2}what to do {3}rotate again after that; .*phoenixctl trust rotate --distrust/);
  expect(host.keyring.standing().trusted.map(({ fingerprint }) => fingerprint)).toEqual(before);

  host.pass(until - host.clock.now());
  await host.keyring.tend();
  await host.local.call("trust/RotateAuthority");
  expect(host.keyring.standing().trusted).toHaveLength(2);
  await host.local.call("trust/RotateAuthority", { distrust: true });
  expect(host.keyring.standing().trusted).toHaveLength(1);
});

test("after a rotation with --distrust, nobody comes in who has not joined again", async () => {
  await enter("ana", "ROLE_ADMIN");
  expect((await ana("trust", "rotate", "--distrust")).code).toBe(0);
  expect((await ana("trust", "list")).code).not.toBe(0);
  await ana("host", "remove", "pve1");
  await enter("ana", "ROLE_ADMIN");
  expect((await ana("trust", "list")).code).toBe(0);
});

/** The version of TLS that the agent agrees to, or the code of its refusal. */
function agreed(maxVersion: "TLSv1.2" | "TLSv1.3"): Promise<string | null> {
  const [address, port] = host.address.split(":") as [string, string];
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: Number(port), maxVersion, rejectUnauthorized: false, ALPNProtocols: ["h2"] });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once("secureConnect", () => {
      resolve(socket.getProtocol());
      socket.destroy();
    });
  });
}

test("nothing older than TLS 1.3 is spoken, also with a new certificate", async () => {
  const refused = "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION";
  expect([await agreed("TLSv1.2"), await agreed("TLSv1.3")]).toEqual([refused, "TLSv1.3"]);
  await host.keyring.rotate("distrust");
  expect([await agreed("TLSv1.2"), await agreed("TLSv1.3")]).toEqual([refused, "TLSv1.3"]);
});
