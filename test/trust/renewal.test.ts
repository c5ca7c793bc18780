import "reflect-metadata";
import { PemConverter } from "@peculiar/x509";
import type { RenewResponse__Output } from "../../proto/index.ts";
import { days, lifetimes } from "../../src/agent/trust/times.ts";
import { closeHosts, openHost, request, type NetworkHost, type Pass } from "./support/host.ts";
import { begin, hangUp, http2, statusOf, tls } from "./support/raw.ts";

afterEach(async () => {
  hangUp();
  await closeHosts();
});

/** A connection with a stream that is open; what is called over it later, and whether all of it is still there. */
async function watching(host: NetworkHost, pass: Pass) {
  const socket = await tls(host.address, pass);
  const session = http2(socket);
  const stream = begin(session, "/grpc.health.v1.Health/Watch");
  stream.end(Buffer.alloc(5));
  await new Promise((resolve) => stream.once("data", resolve));
  return {
    certificate: socket.getPeerCertificate().fingerprint256,
    goesOn: async () => {
      const call = begin(session, "/phoenix.v1.HostService/GetHost");
      call.end(Buffer.alloc(5));
      expect(await statusOf(call)).toBe(0);
      expect([stream.closed, stream.destroyed, socket.destroyed]).toEqual([false, false, false]);
    },
  };
}

test("the agent renews its own certificate when half of it is over, and no stream ends", async () => {
  const host = await openHost();
  const ana = await host.join("reader", "ana");
  const before = await watching(host, ana);
  host.pass(lifetimes.server / 2 - days(1));
  await host.keyring.tend();
  expect((await watching(host, ana)).certificate).toBe(before.certificate);
  host.pass(days(1));
  await host.keyring.tend();
  const after = await watching(host, ana);
  expect(after.certificate).not.toBe(before.certificate);
  await before.goesOn();
  await after.goesOn();
});

test("a workstation's certificate is renewed, and neither its streams nor the one before end", async () => {
  const host = await openHost();
  const ana = await host.join("reader", "ana");
  const before = await watching(host, ana);
  const { csr, key } = await request();
  const { issued } = await host.over(ana).call<RenewResponse__Output>("trust/Renew", { csr });
  const renewed = { certificate: PemConverter.encode(Uint8Array.from(issued!.certificate), "CERTIFICATE"), key };
  await (await watching(host, renewed)).goesOn();
  await before.goesOn();
  await (await watching(host, ana)).goesOn();
});

test("a rotation of the authority ends no stream, and lets in whoever has a certificate of the old one", async () => {
  const host = await openHost();
  const ana = await host.join("reader", "ana");
  const before = await watching(host, ana);
  await host.keyring.rotate("trust");
  await before.goesOn();
  await (await watching(host, ana)).goesOn();
  await (await watching(host, await host.join("reader", "ben"))).goesOn();
});
