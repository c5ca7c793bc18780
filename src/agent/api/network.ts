import type { AddressInfo, Socket } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { ServerCredentials, type Server, type ServerInterceptor } from "@grpc/grpc-js";
import type { Contract } from "../../../proto/index.ts";
import { Fault } from "../domain/errors.ts";
import type { Log } from "../domain/log.ts";
import { systemWords } from "../domain/system-words.ts";
import type { Caller, Stranger } from "../domain/trust.ts";
import type { Keyring } from "../trust/keyring.ts";
import type { Members } from "../trust/members.ts";
import type { Auditor } from "../trust/audit.ts";
import { fingerprintOf } from "../trust/authority.ts";
import type { Presence } from "./adapt.ts";
import { addressOf, networkOf, parseListen } from "./address.ts";
import { toStatus } from "./errors.ts";
import { bucket, type Bucket, type Limits, type NetworkLimits } from "./limits.ts";
import { createThrottle, type Cuttable } from "./throttle.ts";

/** What it takes to serve the network. */
export interface Network {
  /** As in the settings: host:port. */
  readonly listen: string;
  readonly keyring: Keyring;
  readonly members: Members;
  readonly limits: NetworkLimits;
}

/** What else a port needs. */
interface PortParts {
  readonly contract: Contract;
  readonly clock: { readonly elapsed: () => number };
  readonly log: Log;
  readonly audit: Pick<Auditor, "refused">;
}

/** A port that is served. */
export interface Port {
  /** As host:port, with the port that it got when 0 was asked for. */
  readonly address: string;
  /** Takes nobody new. */
  readonly stop: () => void;
  /** Cuts off everybody, however far they have come. */
  readonly cut: () => void;
}

/** Makes a server for one kind of callers. */
export type MakeServer = (callerOf: (peer: string) => Presence, interceptor: ServerInterceptor, limits: Limits) => Server;

/** Who sits at the other end of a connection. */
type Peer =
  | { readonly kind: "member"; readonly fingerprint: string; readonly client: string; readonly address: string }
  | { readonly kind: "stranger"; readonly why: Stranger; readonly client: string; readonly address: string };

/**
 * Serves the contract on a TCP port, over TLS 1.3. Whoever shows a certificate of this agent comes to a server of their own; all
 * others to another one, which has room for little, and where they can do nothing but join.
 */
export async function openPort(network: Network, make: MakeServer, { contract, clock, log, audit }: PortParts): Promise<Port> {
  const { keyring, members, limits } = network;
  const peers = new Map<string, Peer>();
  const revoked = new Map<string, AbortController>();
  const sockets = new Set<Cuttable>();

  const callerOf = (peer: string): Presence => {
    const found = peers.get(peer);
    if (found === undefined) return { caller: { kind: "stranger", why: "none", address: "" }, revoked: null };
    if (found.kind === "stranger") return { caller: { kind: "stranger", why: found.why, address: found.address }, revoked: null };
    return { caller: members.caller(found.fingerprint, found.address), revoked: signalOf(found.fingerprint) };
  };
  const signalOf = (fingerprint: string): AbortSignal => {
    const controller = revoked.get(fingerprint) ?? new AbortController();
    revoked.set(fingerprint, controller);
    return controller.signal;
  };
  members.onRevoke((fingerprints) => {
    for (const fingerprint of fingerprints) {
      revoked.get(fingerprint)?.abort(new Fault("NOT_TRUSTED", "this certificate was revoked", "ask whoever owns the host"));
      revoked.delete(fingerprint);
    }
  });

  const refuse = (fault: Fault, peer: string, method: string) => {
    const { reason, message } = fault.failure;
    audit.refused(callerOf(peer).caller, method, "{}", { result: reason, detail: message });
    return toStatus(contract, fault);
  };
  const clientOf = (peer: string) => peers.get(peer)?.client ?? null;
  const room = (each: Limits) => {
    const throttle = createThrottle(each, clock.elapsed);
    const server = make(callerOf, throttle.interceptor(clientOf, refuse), each);
    return { throttle, inject: server.createConnectionInjector(ServerCredentials.createInsecure()) };
  };
  const rooms = { member: room(limits.member), stranger: room(limits.stranger) };
  const door = doorkeeper(limits.member, clock.elapsed);

  // The version belongs to what a change of the certificate replaces.
  const context = () => ({ ...keyring.tls(), minVersion: "TLSv1.3" as const });
  const tls = createServer({
    ...context(),
    ALPNProtocols: ["h2"],
    requestCert: true,
    // Whoever has none, or another one, is told so in words; and joining has to begin somewhere.
    rejectUnauthorized: false,
    handshakeTimeout: limits.member.handshake,
  });
  keyring.onChange(() => tls.setSecureContext(context()));
  tls.maxConnections = limits.member.connections.all;
  tls.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    if (!door.admit(networkOf(addressOf(socket)), socket)) socket.destroy();
  });
  tls.on("tlsClientError", (_error, socket) => socket.destroy());
  tls.on("secureConnection", (socket) => {
    socket.on("error", () => socket.destroy());
    const { remoteAddress, remotePort } = socket;
    if (socket.alpnProtocol !== "h2" || remoteAddress === undefined || remotePort === undefined) {
      socket.destroy();
      return;
    }
    const peer = peerOf(socket, members);
    const { throttle, inject } = rooms[peer.kind];
    const left = throttle.connect(peer.client, socket);
    if (left === null) {
      socket.destroy();
      return;
    }
    const key = `${remoteAddress}:${remotePort}`;
    peers.set(key, peer);
    socket.once("close", () => {
      left();
      if (peers.get(key) === peer) peers.delete(key);
    });
    const { stay } = limits[peer.kind];
    if (stay !== Infinity) setTimeout(() => socket.destroy(), stay).unref();
    inject.injectConnection(socket);
  });

  const { host, port } = parseListen(network.listen);
  await new Promise<void>((resolve, reject) => {
    tls.once("error", (error) => {
      reject(
        new Fault(
          "INVALID",
          `listen: can't listen on ${network.listen}: ${systemWords(error)}`,
          "choose another address or port in agent.yaml",
        ),
      );
    });
    tls.listen({ host, port }, () => resolve());
  });
  tls.on("error", (error) => log.error({}, `the network port failed: ${error.message}`));
  const bound = tls.address() as AddressInfo;
  return {
    address: bound.family === "IPv6" ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`,
    stop: () => void tls.close(),
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Who has connected, by the certificate that was shown. Whether it is still good is asked again at each call. */
function peerOf(socket: TLSSocket, members: Members): Peer {
  const address = addressOf(socket);
  const shown = socket.getPeerX509Certificate();
  const stranger = (why: Stranger): Peer => ({ kind: "stranger", why, client: networkOf(address), address });
  if (shown === undefined) return stranger("none");
  const fingerprint = fingerprintOf(shown.raw);
  const caller: Caller = members.caller(fingerprint, address);
  if (caller.kind === "certificate") {
    // Known by its hash; that the authority has signed it must be true all the same.
    return socket.authorized ? { kind: "member", fingerprint, client: caller.certificate.name, address } : stranger("foreign");
  }
  return stranger(caller.kind === "stranger" ? caller.why : "foreign");
}

/** Counts connections by the network that they come from, before anything is done for them. */
function doorkeeper({ connections, knocks }: Limits, elapsed: () => number): { readonly admit: (from: string, socket: Socket) => boolean } {
  const known = new Map<string, { open: number; readonly rate: Bucket }>();
  const forgetIdle = () => {
    const now = elapsed();
    for (const [from, { open, rate }] of known) if (open === 0 && (rate.isFull(now) || known.size > 10_000)) known.delete(from);
  };
  return {
    admit: (from, socket) => {
      const now = elapsed();
      const found = known.get(from) ?? { open: 0, rate: bucket(knocks, now) };
      if (!known.has(from)) {
        forgetIdle();
        known.set(from, found);
      }
      if (found.open >= connections.address || !found.rate.take(now)) return false;
      found.open += 1;
      socket.once("close", () => (found.open -= 1));
      return true;
    },
  };
}
