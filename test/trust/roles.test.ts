import { createSecureContext } from "node:tls";
import { Client, credentials, status } from "@grpc/grpc-js";
import { loadContract } from "../../proto/index.ts";
import { methods, type Method } from "../../src/agent/api/methods.ts";
import { roles } from "../../src/agent/domain/trust.ts";
import { closeHosts, openHost, type NetworkHost, type Pass } from "./support/host.ts";
import { readMethods, touch, type AnyMethod } from "./support/touch.ts";

/** What somebody shows at the door. */
const passes = [
  "no certificate",
  "one of another host",
  "an expired one",
  "a revoked one",
  "one that it signed and does not know",
] as const;

let host: NetworkHost;
let other: NetworkHost;
let all: readonly AnyMethod[];
const clients = new Map<string, Client>();
const closing: Client[] = [];

beforeAll(async () => {
  all = readMethods(await loadContract());
  host = await openHost({}, "127.0.0.2:0");
  other = await openHost({}, "127.0.0.3:0");
  const make = (shown: string, pass: Pass | null) => clients.set(shown, host.over(pass).client);
  make("no certificate", null);
  make("one of another host", await other.join("admin", "ana"));
  const expired = await host.join("admin", "expired");
  // Its end in the agent's books comes before the one in the certificate, so that TLS alone does not refuse it.
  host.store.trust.certificates().forEach(({ fingerprint, name }) => {
    if (name === "expired") expire(fingerprint);
  });
  make("an expired one", expired);
  const revoked = await host.join("admin", "revoked");
  host.members.revoke("revoked");
  make("a revoked one", revoked);
  const forgotten = await host.join("admin", "forgotten");
  const { store } = host;
  const known = store.trust.certificate;
  const print = store.trust.certificates().find(({ name }) => name === "forgotten")!.fingerprint;
  Object.assign(store.trust, { certificate: (each: string) => (each === print ? null : known(each)) });
  make("one that it signed and does not know", forgotten);
  for (const role of roles) make(role, await host.join(role, `the-${role}`));
}, 60_000);
afterAll(async () => {
  for (const client of closing) client.close();
  await closeHosts();
});

function expire(fingerprint: string): void {
  const { trust } = host.store;
  const known = trust.certificate;
  Object.assign(trust, {
    certificate: (each: string) => {
      const found = known(each);
      return found !== null && each === fingerprint ? { ...found, until: Date.now() - 1 } : found;
    },
  });
}

/** A second passes between two calls, so that nobody is told to slow down. */
const called = (shown: string, method: AnyMethod) => {
  host.pass(1000);
  return touch(clients.get(shown)!, host.contract, method);
};

test("every method of the contract has its row, and no row is without a method", () => {
  expect(Object.keys(methods).sort()).toEqual(all.map(({ path }) => path).sort());
});

test("every method is either reading, or audited", () => {
  const reading = /\/(Get|List|Watch|Plan|Check|Compare|Diff|Verify|Examine|ServerReflectionInfo)/;
  const silent = Object.entries(methods).filter(([path, { effect }]: [string, Method]) => effect === "read" && !reading.test(path));
  expect(silent).toEqual([]);
});

const refusals = {
  "no certificate": "this agent talks to nobody without a certificate",
  "one of another host": "this certificate is not one that this agent has given out",
  "an expired one": "this certificate has ended",
  "a revoked one": "this certificate was revoked",
  "one that it signed and does not know": "this certificate is not one that this agent has given out",
} as const;

describe.each(passes)("whoever shows %s", (shown) => {
  test("is let into no method but Join", async () => {
    for (const method of all) {
      const answer = await called(shown, method);
      if (method.path === "/phoenix.v1.TrustService/Join") expect([method.path, answer.reason]).toEqual([method.path, "INVALID"]);
      else expect([method.path, answer.code, answer.message]).toEqual([method.path, status.UNAUTHENTICATED, refusals[shown]]);
    }
  });
});

describe.each(roles)("a %s", (role) => {
  test("is let into what the role allows, and into nothing else", async () => {
    for (const method of all) {
      const wanted = methods[method.path]!.role;
      const allowed = wanted === "anyone" || roles.indexOf(role) >= roles.indexOf(wanted);
      const { code, message } = await called(role, method);
      // What is let in fails at the next thing, since the request is empty, or works.
      const refused = code === status.PERMISSION_DENIED || code === status.UNAUTHENTICATED;
      expect([method.path, refused]).toEqual([method.path, !allowed]);
      if (refused) expect(message).toBe(`this takes the role ${wanted}; the-${role} is ${role}`);
    }
  });
});

test("the host's own socket is let into everything", async () => {
  for (const method of all) {
    const { code } = await touch(host.local.client, host.contract, method);
    expect([method.path, code === status.PERMISSION_DENIED || code === status.UNAUTHENTICATED]).toEqual([method.path, false]);
  }
});

test("an agent with another authority is not talked to", async () => {
  const pass = await host.join("reader", "careful");
  const theirs = other.keyring.standing().trusted.map(({ certificate }) => certificate.toString("pem"));
  expect((await host.over(pass, theirs).status("host/GetHost")).code).toBe(status.UNAVAILABLE);
});

test("a client's certificate is no agent's", async () => {
  const { createServer } = await import("node:tls");
  const pass = await host.join("admin", "impostor");
  const impostor = createServer({ cert: pass.certificate, key: pass.key, minVersion: "TLSv1.3", ALPNProtocols: ["h2"] });
  await new Promise<void>((resolve) => impostor.listen(0, "127.0.0.4", resolve));
  const { port } = impostor.address() as { port: number };
  const ca = host.keyring.standing().trusted.map(({ certificate }) => certificate.toString("pem"));
  const client = new Client(`127.0.0.4:${port}`, credentials.createFromSecureContext(createSecureContext({ ca })), {
    "grpc.ssl_target_name_override": "phoenix-agent",
  });
  closing.push(client);
  const method = all.find(({ path }) => path.endsWith("/GetHost"))!;
  expect((await touch(client, host.contract, method)).code).toBe(status.UNAVAILABLE);
  await new Promise((resolve) => impostor.close(resolve));
});
