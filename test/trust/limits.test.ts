// What one client may use up, and that nobody else notices when it tries to use more.
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { Metadata, status } from "@grpc/grpc-js";
import { usualLimits, type Limits } from "../../src/agent/api/limits.ts";
import type { HostEvent } from "../../src/agent/domain/event.ts";
import { until } from "../e2e/support/house.ts";
import type { FakeParts } from "../api/support/serve.ts";
import { closeHosts, openHost, type NetworkHost, type Pass } from "./support/host.ts";
import { begun, frame } from "./support/nonsense.ts";
import { begin, closed, hangUp, http2, statusOf, tcp, tls } from "./support/raw.ts";

afterEach(async () => {
  hangUp();
  await closeHosts();
});

const getHost = "/phoenix.v1.HostService/GetHost";

/** A host with these limits, and two who have joined it. */
async function limited(member: Partial<Limits>, stranger: Partial<Limits> = {}, parts: FakeParts = {}) {
  const limits = { member: { ...usualLimits.member, ...member }, stranger: { ...usualLimits.stranger, ...stranger } };
  const host = await openHost(parts, "127.0.0.2:0", { limits });
  return { host, ana: await host.join("admin", "ana"), ben: await host.join("reader", "ben") };
}

/** Whoever comes next is served, and what was written down is in order. */
async function isWell(host: NetworkHost, pass: Pass): Promise<void> {
  const next = host.over(pass);
  expect(await next.status("host/GetHost")).toMatchObject({ code: status.OK });
  next.client.close();
  expect(await host.local.call("trust/VerifyAudit")).toMatchObject({ problem: "" });
}

/** A connection that was let in stays; one too many is closed, before or after TLS. */
async function isLetIn(address: string, pass: Pass | null, from?: string): Promise<boolean> {
  try {
    const socket = await tls(address, pass, from);
    const session = http2(socket);
    return await new Promise((resolve) => {
      session.once("close", () => resolve(false));
      session.once("remoteSettings", () => resolve(true));
    });
  } catch {
    return false;
  }
}

describe("connections", () => {
  test("of one client: one too many is closed, another client's is not, and there is room again when one has gone", async () => {
    const { host, ana, ben } = await limited({ connections: { all: 100, address: 100, client: 2 } });
    const first = await tls(host.address, ana);
    await tls(host.address, ana);
    expect(await isLetIn(host.address, ana)).toBe(false);
    expect(await isLetIn(host.address, ben)).toBe(true);
    first.destroy();
    await until(() => isLetIn(host.address, ana));
    await isWell(host, ben);
  });

  test("of one address: one too many is closed, before anything is done for it", async () => {
    const { host, ana, ben } = await limited({ connections: { all: 100, address: 3, client: 100 } });
    const from = "127.0.0.70";
    const first = await tcp(host.address, from);
    await tcp(host.address, from);
    await tcp(host.address, from);
    await closed(await tcp(host.address, from));
    expect(await isLetIn(host.address, ana, "127.0.0.71")).toBe(true);
    first.destroy();
    await until(() => isLetIn(host.address, ana, from));
    await isWell(host, ben);
  });

  test("of those who show no certificate: they take no room from those who do", async () => {
    const { host, ben } = await limited({}, { connections: { all: 2, address: 2, client: 2 } });
    // Those that have joined may not have gone yet.
    await until(() => isLetIn(host.address, null));
    await until(async () => !(await isLetIn(host.address, null)));
    expect(await isLetIn(host.address, ben)).toBe(true);
    await isWell(host, ben);
  });

  test("that are made again and again: too many at once are closed, and later it may come again", async () => {
    const { host, ana, ben } = await limited({ knocks: { burst: 5, perSecond: 0.001 } });
    const from = "127.0.0.72";
    for (let knocked = 0; knocked < 5; knocked++) (await tcp(host.address, from)).destroy();
    await closed(await tcp(host.address, from));
    expect(await isLetIn(host.address, ana, "127.0.0.73")).toBe(true);
    host.pass(3_600_000);
    expect(await isLetIn(host.address, ana, from)).toBe(true);
    await isWell(host, ben);
  });
});

describe("calls", () => {
  test("that are open: one too many is refused, over whichever connection, and there is room when one has ended", async () => {
    const { host, ana, ben } = await limited({ calls: 2 });
    const open = [http2(await tls(host.address, ana)), http2(await tls(host.address, ana))].map((each) => begin(each, getHost));
    const other = host.over(ana);
    await until(async () => (await other.status("host/GetHost")).code === status.RESOURCE_EXHAUSTED);
    expect(await other.status("host/GetHost")).toMatchObject({
      report: { reason: "TOO_MANY", message: "one client may not make more than 2 calls at a time" },
    });
    await isWell(host, ben);
    open[0]!.close();
    await until(async () => (await other.status("host/GetHost")).code === status.OK);
  });

  test("of which the request does not arrive: so many at a time, and what is in them is not waited for", async () => {
    const { host, ana, ben } = await limited({ arriving: 2 });
    const session = http2(await tls(host.address, ana));
    const half = [begin(session, getHost), begin(session, getHost)];
    for (const each of half) each.write(Buffer.from([0, 0, 0]));
    expect(await statusOf(begin(session, getHost))).toBe(status.RESOURCE_EXHAUSTED);
    await isWell(host, ben);
    // Their rest may come as late as it likes.
    for (const each of half) each.end(Buffer.from([0, 0]));
    expect(await Promise.all(half.map((each) => statusOf(each)))).toEqual([status.OK, status.OK]);
    await isWell(host, ana);
  });

  test("that come a byte at a time are answered", async () => {
    const { host, ana } = await limited({});
    const stream = begin(http2(await tls(host.address, ana)), getHost);
    const ended = statusOf(stream);
    for (let sent = 0; sent < 5; sent++) await new Promise((resolve) => stream.write(Buffer.alloc(1), resolve));
    stream.end();
    expect(await ended).toBe(status.OK);
  });

  test("without end: they are refused, then cut off; another client's are answered meanwhile", async () => {
    const rate = { burst: 20, perSecond: 0.001 };
    const { host, ana, ben } = await limited({ rate, patience: 50 });
    const flooding = host.over(ana);
    const careful = host.over(ben);
    for (let called = 0; called < rate.burst; called++) expect(await flooding.status("host/GetHost")).toMatchObject({ code: status.OK });
    expect(await flooding.status("host/GetHost")).toMatchObject({ code: status.RESOURCE_EXHAUSTED, report: { reason: "TOO_MANY" } });
    const flood = Promise.all(Array.from({ length: 300 }, () => flooding.status("host/GetHost")));
    for (let called = 0; called < 10; called++) expect(await careful.status("host/GetHost")).toMatchObject({ code: status.OK });
    const codes = new Set((await flood).map(({ code }) => code));
    expect(codes).toContain(status.UNAVAILABLE);
    expect([...codes].filter((code) => code !== status.UNAVAILABLE && code !== status.RESOURCE_EXHAUSTED)).toEqual([]);
    // By then it has its whole rate again.
    host.pass(3_600_000_000);
    await isWell(host, ana);
  });

  test("that change something: there are fewer of them, and reading goes on", async () => {
    const { host, ana } = await limited({ changes: { burst: 3, perSecond: 0.001 } });
    const here = host.over(ana);
    const codes: number[] = [];
    for (let called = 0; called < 4; called++) codes.push((await here.status("trust/CreateToken", { role: "ROLE_READER" })).code);
    expect(codes).toEqual([status.OK, status.OK, status.OK, status.RESOURCE_EXHAUSTED]);
    await isWell(host, ana);
  });
});

describe("what is too large is refused, and the connection lives:", () => {
  test.each<["a member" | "a stranger", number]>([
    ["a member", usualLimits.member.message],
    ["a stranger", usualLimits.stranger.message],
  ])("the request of %s", async (who, most) => {
    const { host, ana } = await limited({});
    const here = host.over(who === "a member" ? ana : null);
    const over = await here.status("trust/Join", { name: "x".repeat(most) });
    expect(over).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    const within = await here.status("trust/Join", { name: "x".repeat(most - 100) });
    expect(within).toMatchObject({ code: status.INVALID_ARGUMENT });
    await isWell(host, ana);
  });

  test("metadata", async () => {
    const { host, ana, ben } = await limited({});
    const { client } = host.over(ana);
    const call = (bytes: number) =>
      new Promise<number>((resolve) => {
        const metadata = new Metadata();
        metadata.set("x", "x".repeat(bytes));
        const as = (each: Buffer) => each;
        client.makeUnaryRequest(getHost, as, as, Buffer.alloc(0), metadata, (error) => resolve(error?.code ?? status.OK));
      });
    expect(await call(1000)).toBe(status.OK);
    expect(await call(200_000)).not.toBe(status.OK);
    expect(await call(1000)).toBe(status.OK);
    await isWell(host, ben);
  });
});

test("a stream that nobody reads waits, and ends with its connection", async () => {
  const most = 50_000;
  const message = "x".repeat(1000);
  let given = 0;
  let ended = false;
  async function* watch(): AsyncGenerator<HostEvent> {
    try {
      for (; given < most; given++) {
        await Promise.resolve();
        yield { seq: given, at: 0, kind: "agent.started", level: "info", ctid: null, run: null, message, details: {} };
      }
    } finally {
      ended = true;
    }
  }
  const { host, ana, ben } = await limited({}, {}, { events: { watch } });
  const socket = await tls(host.address, ana);
  const stream = begin(http2(socket), "/phoenix.v1.HostService/WatchEvents");
  stream.end(Buffer.alloc(5));
  await until(() => given > 0);
  for (let called = 0; called < 5; called++) await isWell(host, ben);
  expect(given).toBeLessThan(most);
  expect(ended).toBe(false);
  socket.destroy();
  await until(() => ended);
  await isWell(host, ana);
});

/** Connections that begin something and say nothing more. */
const silent: Readonly<Record<string, (address: string, pass: Pass) => Promise<Socket>>> = {
  "a TCP connection": (address) => tcp(address),
  "half a ClientHello": async (address) => {
    const socket = await tcp(address);
    socket.write(Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]));
    return socket;
  },
  "a stranger's TLS connection": (address) => tls(address, null),
  "a stranger's HTTP/2 connection": async (address) => saying(await tls(address, null), begun),
  "a member's TLS connection": (address, pass) => tls(address, pass),
  "half of a member's preface": async (address, pass) => saying(await tls(address, pass), begun.subarray(0, 11)),
  "a member's HTTP/2 connection": async (address, pass) => saying(await tls(address, pass), begun),
};

function saying(socket: TLSSocket, bytes: Buffer): TLSSocket {
  socket.write(bytes);
  return socket;
}

test.each(Object.entries(silent))("%s that falls silent is closed, and keeps nobody else waiting", async (_name, make) => {
  const alive = { every: 100, within: 100 };
  const { host, ana, ben } = await limited({ handshake: 300, alive }, { alive });
  const sockets = await Promise.all(Array.from({ length: 5 }, () => make(host.address, ana)));
  await isWell(host, ben);
  await Promise.all(sockets.map((socket) => closed(socket)));
  await isWell(host, ana);
});

test("a stranger who says that they are still there stays no longer than strangers may", async () => {
  const { host, ana } = await limited({}, { stay: 300, alive: { every: 50, within: 10_000 }, idle: 1_000_000 });
  const socket = await tls(host.address, null);
  const session = http2(socket);
  await new Promise((resolve) => session.once("close", resolve));
  await isWell(host, ana);
});

describe("pings without end", () => {
  const ping = frame(6, 0, 0, Buffer.alloc(8));
  const volley = Buffer.concat(Array.from({ length: 500 }, () => ping));

  test("are answered beside the calls of others", async () => {
    const { host, ana, ben } = await limited({});
    const socket = saying(await tls(host.address, ana), begun);
    let heard = 0;
    socket.on("data", (bytes: Buffer) => (heard += bytes.length));
    const careful = host.over(ben);
    for (let sent = 0; sent < 20; sent++) {
      socket.write(volley);
      expect(await careful.status("host/GetHost")).toMatchObject({ code: status.OK });
    }
    await until(() => socket.destroyed || heard >= 20 * volley.length);
    await isWell(host, ana);
  });

  test("of whoever does not take the answers cost that connection", async () => {
    const { host, ana, ben } = await limited({ alive: { every: 500, within: 500 } });
    const socket = saying(await tls(host.address, ana), begun);
    socket.pause();
    while (!socket.destroyed) await new Promise((resolve) => socket.write(volley, resolve));
    await isWell(host, ben);
    await isWell(host, ana);
  });
});
