import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";
import { tokenText, type CreateTokenResponse__Output } from "../../proto/index.ts";
import { phoenixctl } from "../ctl/support/in-process.ts";
import { closeHosts, openHost, type NetworkHost } from "./support/host.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "phoenix-join-"));
});
afterEach(async () => {
  await closeHosts();
  rmSync(folder, { recursive: true, force: true });
});

const ctl = (...args: string[]) => phoenixctl(args, { env: { PHOENIX_CONFIG_DIR: folder, SUDO_USER: "ana" } });

async function token(host: NetworkHost, more: object = {}): Promise<string> {
  const request = { role: "ROLE_OPERATOR", addresses: [host.address], ...more };
  return (await host.local.call<CreateTokenResponse__Output>("trust/CreateToken", request)).token;
}

test("host add makes a key here, and keeps what the host has given", async () => {
  const host = await openHost();
  const { code, stdout, stderr } = await ctl("host", "add", "pve1", await token(host), "--as", "ana@laptop");
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(
    new RegExp(
      `^pve1 is known now: ${host.address}\\.\nYou are ana@laptop there, operator, until \\d+ \\w+( \\d{4}| \\d\\d:\\d\\d); the certificate is renewed by itself before\\.\n$`,
    ),
  );
  const { hosts } = JSON.parse(readFileSync(join(folder, "hosts.json"), "utf8")) as { hosts: Record<string, { credentials: string }> };
  const place = join(folder, hosts["pve1"]!.credentials);
  expect(readdirSync(place).map((name) => [name, statSync(join(place, name)).mode & 0o777])).toEqual([
    ["ca.pem", 0o600],
    ["certificate.pem", 0o600],
    ["key.pem", 0o600],
  ]);
  expect(host.members.certificates()).toMatchObject([{ name: "ana@laptop", role: "operator" }]);
});

test("a host that was added answers at its address, whatever that is called", async () => {
  const host = await openHost();
  await ctl("host", "add", "pve1", await token(host));
  const { code, stdout, stderr } = await ctl("version", "-H", "pve1");
  expect([code, stderr, stdout.split("\n")[1]]).toEqual([0, "", expect.stringMatching(/^phoenix-agent .* on pve1/)]);
});

test("host info says who one is there, and by which authority the host is recognised", async () => {
  const host = await openHost();
  await ctl("host", "add", "pve1", await token(host), "--as", "ana@laptop");
  const { code, stdout } = await ctl("host", "info", "pve1");
  expect(code).toBe(0);
  expect(stdout).toMatch(/\n {2}authority +[0-9a-f]{12}\n {2}you are +ana@laptop, operator, until .* \(certificate [0-9a-f]{12}\)\n/);
  const { certificate } = JSON.parse((await ctl("host", "info", "pve1", "-o", "json")).stdout) as { certificate: { fingerprint: string } };
  expect(certificate).toMatchObject({ name: "ana@laptop", role: "operator" });
  expect(host.members.certificates()).toMatchObject([{ fingerprint: certificate.fingerprint }]);
});

test("a certificate of the host's authority that is not the agent's is not taken for it", async () => {
  const host = await openHost();
  await ctl("host", "add", "pve1", await token(host));
  const { hosts } = JSON.parse(readFileSync(join(folder, "hosts.json"), "utf8")) as { hosts: Record<string, { credentials: string }> };
  const place = join(folder, hosts["pve1"]!.credentials);
  const [cert, key] = ["certificate.pem", "key.pem"].map((name) => readFileSync(join(place, name)));
  const server = createServer({ cert: cert!, key: key!, ALPNProtocols: ["h2"] });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  try {
    const { port } = server.address() as AddressInfo;
    const file = join(folder, "hosts.json");
    writeFileSync(file, readFileSync(file, "utf8").replace(host.address, `127.0.0.1:${port}`));
    expect(await ctl("ps", "-H", "pve1")).toMatchObject({ code: 4, stderr: expect.stringContaining("pve1 can't be reached") as unknown });
  } finally {
    server.close();
  }
});

test("who joins is called by login name and machine, when nothing else is said", async () => {
  const host = await openHost();
  const { code } = await ctl("host", "add", "pve1", await token(host));
  expect(code).toBe(0);
  expect(host.members.certificates()[0]!.name).toMatch(/^ana@.+/);
});

describe("nothing is left behind, and the token stays good, when", () => {
  const left = () => readdirSync(folder).filter((name) => name !== "credentials" || readdirSync(join(folder, name)).length > 0);

  test("the name is taken here", async () => {
    const host = await openHost();
    const text = await token(host);
    await ctl("host", "add", "pve1", "--socket", "/run/a.sock");
    const { code, stderr } = await ctl("host", "add", "pve1", text);
    expect([code, stderr]).toEqual([2, expect.stringContaining("there is a host pve1 already.") as unknown]);
    expect((await ctl("host", "add", "pve2", text)).code).toBe(0);
  });

  test("somebody else answers at the address", async () => {
    const [host, other] = [await openHost(), await openHost({}, "127.0.0.3:0")];
    const { code, stderr } = await ctl("host", "add", "pve1", await token(host, { addresses: [other.address] }));
    expect(code).toBe(5);
    expect(stderr).toContain("whoever answers there is not the agent that has made this token. Nothing was sent.");
    expect(stderr).toContain(other.address);
    expect(host.members.tokens()).toHaveLength(1);
    expect(left()).toEqual([]);
  });

  test("nobody answers", async () => {
    const host = await openHost();
    const { code, stderr } = await ctl("host", "add", "pve1", await token(host, { addresses: ["127.0.0.9:1"] }));
    expect(code).toBe(4);
    expect(stderr).toContain("127.0.0.9:1   connection refused");
    expect(left()).toEqual([]);
  });

  test("a part of the token is missing", async () => {
    const host = await openHost();
    const { code, stderr } = await ctl("host", "add", "pve1", (await token(host)).slice(0, -3));
    expect([code, stderr]).toEqual([2, "that is no token: a part of the token is missing or was changed; copy it once more, whole.\n"]);
  });

  test("it is no token at all", async () => {
    const { code, stderr } = await ctl("host", "add", "pve1", "nonsense");
    expect([code, stderr]).toEqual([2, "that is no token: expected a token, which begins with phx_.\n"]);
  });
});

test("an address that does not answer costs nothing while another one does", async () => {
  const host = await openHost();
  const { code, stdout } = await ctl("host", "add", "pve1", await token(host, { addresses: ["127.0.0.9:1", host.address] }));
  expect(code).toBe(0);
  expect(stdout).toContain(`pve1 is known now: ${host.address}`);
});

test("a token that was used says so", async () => {
  const host = await openHost();
  const text = await token(host);
  await ctl("host", "add", "pve1", text);
  const { code, stderr } = await ctl("host", "add", "pve2", text, "--as", "ben");
  expect(code).toBe(5);
  expect(stderr).toContain("this token is not good: it was used, taken back, has ended, or never was");
});

test("a host without a token or a socket says how to get one", async () => {
  const { code, stderr } = await ctl("host", "add", "pve1");
  expect(code).toBe(2);
  expect(stderr).toContain("phoenix-agent token create --role operator");
});

test("a forged token that names another authority is found out before its secret is shown", async () => {
  const host = await openHost();
  const forged = tokenText({ id: "0102030405", secret: new Uint8Array(16), fingerprint: "ab".repeat(32), addresses: [host.address] });
  const { code, stderr } = await ctl("host", "add", "pve1", forged);
  expect([code, stderr]).toEqual([5, expect.stringContaining("Nothing was sent.") as unknown]);
});
