// Connections that do not behave: TCP, TLS and HTTP/2 by hand.
import { once } from "node:events";
import { connect as connectHttp2, type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import { connect, type Socket, type TcpNetConnectOpts } from "node:net";
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from "node:tls";
import { splitAddress } from "../../../src/agent/config/listen.ts";
import type { Pass } from "./host.ts";

const opened = new Set<Socket>();

/** Ends all connections that were made here; for afterEach. */
export function hangUp(): void {
  for (const socket of opened) socket.destroy();
  opened.clear();
}

function kept<S extends Socket>(socket: S): S {
  opened.add(socket);
  socket.on("error", () => socket.destroy());
  return socket;
}

/** A TCP connection to an agent, from an address of this machine. */
export async function tcp(address: string, from = "127.0.0.1"): Promise<Socket> {
  const { host, port } = splitAddress(address)!;
  const socket = kept(connect({ host, port, localAddress: from }));
  await once(socket, "connect");
  return socket;
}

/** A TLS connection to an agent, with these credentials or none; it reads what comes. Rejects when it is closed at the door. */
export async function tls(address: string, pass: Pass | null, from = "127.0.0.1"): Promise<TLSSocket> {
  const { host, port } = splitAddress(address)!;
  const shown = pass === null ? {} : { cert: pass.certificate, key: pass.key };
  const options: ConnectionOptions & TcpNetConnectOpts = { host, port, localAddress: from, ...shown };
  const socket = connectTls({ ...options, ALPNProtocols: ["h2"], rejectUnauthorized: false });
  kept(socket).resume();
  await new Promise<void>((resolve, reject) => {
    socket.once("secureConnect", () => resolve());
    socket.once("close", () => reject(new Error("closed at the door")));
  });
  return socket;
}

/** HTTP/2 over a connection. */
export function http2(socket: TLSSocket): ClientHttp2Session {
  const session = connectHttp2("http://agent", { createConnection: () => socket });
  session.on("error", () => session.destroy());
  return session;
}

/** Begins a call and sends nothing of its request. */
export function begin(session: ClientHttp2Session, path: string): ClientHttp2Stream {
  const head = { ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers" };
  const stream = session.request(head, { endStream: false });
  stream.on("error", () => stream.destroy());
  return stream;
}

/** The status of a call, once it has ended. */
export async function statusOf(stream: ClientHttp2Stream): Promise<number> {
  stream.resume();
  const [from] = await Promise.race([once(stream, "trailers"), once(stream, "response").then(([head]) => hasStatus(head, stream))]);
  return Number((from as Record<string, string>)["grpc-status"]);
}

/** An answer that is nothing but a status has it in its first headers. */
async function hasStatus(head: unknown, stream: ClientHttp2Stream): Promise<unknown[]> {
  return "grpc-status" in (head as object) ? [head] : once(stream, "trailers");
}

/** Resolves when the agent has closed a connection. */
export async function closed(socket: Socket): Promise<void> {
  socket.resume();
  if (!socket.destroyed) await once(socket, "close");
}
