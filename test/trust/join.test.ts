import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import type { JoinResponse__Output, ListTrustResponse__Output } from "../../proto/index.ts";
import { closeHosts, openHost, request } from "./support/host.ts";

afterEach(closeHosts);

const minute = 60_000;

test("a token lets one workstation join, with its role and name", async () => {
  const host = await openHost();
  const pass = await host.join("operator", "ana@laptop");
  expect(await host.over(pass).call("host/GetHost")).toMatchObject({ hostname: "pve1" });
  const { certificates } = await host.local.call<ListTrustResponse__Output>("trust/ListTrust");
  expect(certificates).toMatchObject([{ name: "ana@laptop", role: "ROLE_OPERATOR", revoked: null, address: "127.0.0.1" }]);
  const days = (certificates[0]!.until!.seconds - certificates[0]!.since!.seconds) / 86_400;
  expect(Math.round(days)).toBe(90);
});

test("keys are nobody's but the agent's", async () => {
  const { folder } = await openHost();
  const trust = join(folder, "state", "trust");
  expect(statSync(trust).mode & 0o777).toBe(0o700);
  expect(readdirSync(trust).map((name) => statSync(join(trust, name)).mode & 0o777)).toEqual([0o600]);
});

describe("a token", () => {
  const badToken = { code: status.UNAUTHENTICATED, report: { reason: "NOT_TRUSTED" } };

  test("is good once", async () => {
    const host = await openHost();
    const { id, secret } = await host.token("reader");
    const ask = async (name: string) => host.over(null).status("trust/Join", { token_id: id, secret, csr: (await request()).csr, name });
    expect(await ask("one")).toMatchObject({ code: 0 });
    expect(await ask("two")).toMatchObject(badToken);
  });

  test("is good for one of those who come at the same moment", async () => {
    const host = await openHost();
    const { id, secret } = await host.token("reader");
    const asked = await Promise.all(
      ["a", "b", "c", "d"].map(async (name) =>
        host.over(null).status("trust/Join", { token_id: id, secret, csr: (await request()).csr, name }),
      ),
    );
    expect(asked.filter(({ code }) => code === 0)).toHaveLength(1);
    expect(host.members.certificates()).toHaveLength(1);
  });

  test("ends after 15 minutes", async () => {
    const host = await openHost();
    const { id, secret } = await host.token("reader");
    const { csr } = await request();
    host.pass(15 * minute);
    expect(await host.over(null).status("trust/Join", { token_id: id, secret, csr, name: "a" })).toMatchObject(badToken);
  });

  test("can be taken back", async () => {
    const host = await openHost();
    const { id, secret } = await host.token("reader");
    await host.local.call("trust/RevokeToken", { id });
    const { csr } = await request();
    expect(await host.over(null).status("trust/Join", { token_id: id, secret, csr, name: "a" })).toMatchObject(badToken);
  });

  test("is nothing without its secret, which nobody can read in the store", async () => {
    const host = await openHost();
    const { id, secret } = await host.token("reader");
    const { csr } = await request();
    const wrong = Uint8Array.from(secret, (byte) => byte ^ 1);
    expect(await host.over(null).status("trust/Join", { token_id: id, secret: wrong, csr, name: "a" })).toMatchObject(badToken);
    expect(JSON.stringify(host.store.trust.tokens())).not.toContain(Buffer.from(secret).toString("hex"));
    expect(await host.over(null).status("trust/Join", { token_id: id, secret, csr, name: "a" })).toMatchObject({ code: 0 });
  });

  test("does not survive guessing at it without end", async () => {
    const host = await openHost();
    const { id } = await host.token("reader");
    const { csr } = await request();
    const door = host.over(null);
    const guess = () => door.status("trust/Join", { token_id: id, secret: Buffer.alloc(16), csr, name: "a" });
    const answers = await Promise.all(Array.from({ length: 60 }, guess));
    expect(answers.filter(({ code }) => code === status.UNAUTHENTICATED).length).toBeLessThanOrEqual(21);
  });
});

test.each<[string, object, string]>([
  ["a name that is none", { name: "a b" }, "name: expected 1 to 64 letters"],
  ["the socket's name", { name: "local" }, "name: local is the name of the host's own socket"],
  ["no request", { csr: Buffer.from("nonsense") }, "csr: expected a PKCS#10 request"],
  ["an empty request", { csr: Buffer.alloc(0) }, "csr: expected 1 to 4096 bytes"],
  ["an id that is none", { token_id: "x" }, "token_id: expected 10 hex digits"],
])("%s is refused, and the token stays good", async (_words, over, message) => {
  const host = await openHost();
  const { id, secret } = await host.token("reader");
  const good = { token_id: id, secret, csr: (await request()).csr, name: "ana" };
  const refused = await host.over(null).status("trust/Join", { ...good, ...over });
  expect(refused).toMatchObject({ code: status.INVALID_ARGUMENT, report: { reason: "INVALID" } });
  expect(refused.message).toContain(message);
  expect(await host.over(null).status("trust/Join", good)).toMatchObject({ code: 0 });
});

test("a request with another kind of key, or one that is signed by somebody else's, is refused", async () => {
  const host = await openHost();
  const { id, secret } = await host.token("reader");
  const other = (await request("P-384")).csr;
  const forged = Uint8Array.from((await request()).csr);
  forged[forged.length - 1]! ^= 1;
  for (const csr of [other, forged]) {
    const refused = await host.over(null).status("trust/Join", { token_id: id, secret, csr, name: "ana" });
    expect(refused.message).toContain("csr: expected a PKCS#10 request, signed with its own P-256 key");
  }
});

describe("a name that somebody has", () => {
  test("is not given again by a token for anybody", async () => {
    const host = await openHost();
    const first = await host.join("operator", "ana");
    const { id, secret } = await host.token("reader");
    const refused = await host.over(null).status("trust/Join", { token_id: id, secret, csr: (await request()).csr, name: "ana" });
    expect(refused).toMatchObject({ report: { reason: "INVALID", message: "name: ana has a certificate already" } });
    expect(await host.over(first).status("host/GetHost")).toMatchObject({ code: 0 });
  });

  test("goes to whoever has a token for it, and is lost by who had it", async () => {
    const host = await openHost();
    const first = await host.join("operator", "ana");
    const second = await host.join("operator", "ana");
    expect(await host.over(first).status("host/GetHost")).toMatchObject({ code: status.UNAUTHENTICATED });
    expect(await host.over(second).status("host/GetHost")).toMatchObject({ code: 0 });
  });
});

test("what was given out comes with the authorities to be trusted", async () => {
  const host = await openHost();
  const { id, secret, fingerprint } = await host.token("admin");
  const { csr } = await request();
  const answer = await host.over(null).call<JoinResponse__Output>("trust/Join", { token_id: id, secret, csr, name: "ana" });
  expect(answer).toMatchObject({ hostname: "pve1", issued: { name: "ana", role: "ROLE_ADMIN", authorities: [{ fingerprint }] } });
});
