import "reflect-metadata";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { PemConverter, Pkcs10CertificateRequestGenerator } from "@peculiar/x509";
import { Client, credentials, type ServiceError } from "@grpc/grpc-js";
import {
  decodeError,
  loadContract,
  readToken,
  type Contract,
  type CreateTokenResponse__Output,
  type ErrorReport,
  type JoinResponse__Output,
  type JoinToken,
} from "../../../proto/index.ts";
import { usualLimits, type NetworkLimits } from "../../../src/agent/api/limits.ts";
import { startServer, type ApiServer } from "../../../src/agent/api/server.ts";
import type { Clock } from "../../../src/agent/domain/clock.ts";
import type { Log } from "../../../src/agent/domain/log.ts";
import type { Role } from "../../../src/agent/domain/trust.ts";
import { openStore, type Store } from "../../../src/agent/store/open.ts";
import { createAuditor } from "../../../src/agent/trust/audit.ts";
import { openKeyring, type Keyring } from "../../../src/agent/trust/keyring.ts";
import { createMembers, type Members } from "../../../src/agent/trust/members.ts";
import { fakeParts, type FakeParts } from "../../api/support/serve.ts";

const silent: Log = { trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** What a test shows when it calls. */
export interface Pass {
  readonly certificate: string;
  readonly key: string;
}

export interface Called {
  readonly code: number;
  readonly message: string;
  readonly report: ErrorReport | null;
}

/** A client of an agent. */
export interface Caller {
  readonly client: Client;
  readonly call: <T = Record<string, unknown>>(method: string, request?: object) => Promise<T>;
  /** The status of a call, 0 when it went well. */
  readonly status: (method: string, request?: object) => Promise<Called>;
}

/** An agent's API, with a real store, real certificates and a port on loopback. */
export interface NetworkHost {
  readonly address: string;
  readonly socket: string;
  readonly folder: string;
  readonly server: ApiServer;
  readonly store: Store;
  readonly keyring: Keyring;
  readonly members: Members;
  readonly clock: Clock;
  readonly contract: Contract;
  /** Over the local socket. */
  readonly local: Caller;
  /** Over TLS, with these credentials; null: without a certificate. `trusting` is the authorities that the client believes in. */
  readonly over: (pass: Pass | null, trusting?: readonly string[]) => Caller;
  /** Makes a token and joins with it. */
  readonly join: (role: Role, name: string) => Promise<Pass>;
  readonly token: (role: Role, more?: object) => Promise<JoinToken>;
  /** Moves the agent's clock. */
  readonly pass: (ms: number) => void;
  readonly close: () => Promise<void>;
}

const opened: { close: () => Promise<void> }[] = [];

/** Ends everything that openHost has begun; for afterEach. */
export async function closeHosts(): Promise<void> {
  for (const each of opened.splice(0)) await each.close();
}

export async function openHost(
  given: FakeParts = {},
  address = "127.0.0.2:0",
  { folder = temporary(), limits = usualLimits }: { readonly folder?: string; readonly limits?: NetworkLimits } = {},
): Promise<NetworkHost> {
  let ahead = 0;
  const clock: Clock = {
    now: () => Date.now() + ahead,
    elapsed: () => performance.now() + ahead,
    sleep: () => new Promise(() => {}),
  };
  const contract = await loadContract();
  const store = openStore(join(folder, "state"));
  const keyring = await openKeyring({ folder: join(folder, "state", "trust"), hostname: "pve1", clock, log: silent });
  const members = createMembers({ book: store.trust, keyring, clock, log: silent });
  const socket = join(folder, "agent.sock");
  const network = { listen: address, keyring, members, limits };
  const audit = { ...createAuditor({ book: store.audit, clock, log: silent }), list: store.audit.list, verify: store.audit.verify };
  const server = await startServer(socket, { ...fakeParts(given, silent), clock, network, audit });
  const clients: Client[] = [];
  const callerOf = (client: Client): Caller => {
    clients.push(client);
    return caller(contract, client);
  };
  const local = callerOf(new Client(`unix:${socket}`, credentials.createInsecure()));
  const token = (role: Role, more: object = {}) => makeToken(local, role, more);
  const over: NetworkHost["over"] = (pass, trusting) => {
    const ca = trusting ?? keyring.standing().trusted.map(({ certificate }) => certificate.toString("pem"));
    const shown = pass === null ? {} : { cert: pass.certificate, key: pass.key };
    const context = createSecureContext({ ca: [...ca], minVersion: "TLSv1.3", ...shown });
    return callerOf(
      new Client(server.address ?? "", credentials.createFromSecureContext(context), { "grpc.ssl_target_name_override": "phoenix-agent" }),
    );
  };
  const host: NetworkHost = {
    address: server.address ?? "",
    socket,
    folder,
    server,
    store,
    keyring,
    members,
    clock,
    contract,
    local,
    over,
    token,
    join: async (role, name) => {
      const door = over(null);
      const pass = await joinOver(door, await token(role, { name }), name);
      door.client.close();
      return pass;
    },
    pass: (ms) => (ahead += ms),
    close: async () => {
      for (const client of clients) client.close();
      await server.close(0);
      store.close();
    },
  };
  opened.unshift(host);
  return host;
}

/** Has a token made by whoever may. */
export async function makeToken(admin: Caller, role: Role, more: object = {}): Promise<JoinToken> {
  const made = await admin.call<CreateTokenResponse__Output>("trust/CreateToken", { role: `ROLE_${role.toUpperCase()}`, ...more });
  const read = readToken(made.token);
  if ("problem" in read) throw new Error(read.problem);
  return read;
}

/** Joins with a token, without a certificate. */
export async function joinOver(door: Caller, { id, secret }: JoinToken, name: string): Promise<Pass> {
  const { csr, key } = await request();
  const { issued } = await door.call<JoinResponse__Output>("trust/Join", { token_id: id, secret, csr, name });
  return { certificate: PemConverter.encode(Uint8Array.from(issued!.certificate), "CERTIFICATE"), key };
}

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), "phoenix-trust-"));
  opened.push({ close: () => Promise.resolve(rmSync(folder, { recursive: true, force: true })) });
  return folder;
}

/** A key and a request for it. */
export async function request(curve: "P-256" | "P-384" = "P-256"): Promise<{ readonly csr: Uint8Array; readonly key: string }> {
  const algorithm = { name: "ECDSA", namedCurve: curve, hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const made = await Pkcs10CertificateRequestGenerator.create({ name: "CN=x", keys, signingAlgorithm: algorithm });
  const key = PemConverter.encode(await crypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  return { csr: new Uint8Array(made.rawData), key };
}

interface Method {
  readonly path: string;
  readonly requestSerialize: (message: object) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => unknown;
}

/** A client that calls "host/GetHost" and the like. */
export function caller(contract: Contract, client: Client): Caller {
  const call: Caller["call"] = <T>(name: string, message: object = {}) => {
    const [service, method] = name.split("/") as [keyof Contract["services"], string];
    const found = (contract.services[service] as unknown as Record<string, Method>)[method]!;
    return new Promise<T>((resolve, reject) => {
      const read = found.responseDeserialize as (bytes: Buffer) => T;
      client.makeUnaryRequest(found.path, found.requestSerialize, read, message, { deadline: Date.now() + 20_000 }, (error, answer) =>
        error === null ? resolve(answer as T) : reject(error),
      );
    });
  };
  return { client, call, status: (name, message) => statusOf(contract, call(name, message)) };
}

/** What became of a call. */
export async function statusOf(contract: Contract, call: Promise<unknown>): Promise<Called> {
  try {
    await call;
    return { code: 0, message: "", report: null };
  } catch (thrown) {
    const error = thrown as ServiceError;
    const bytes = error.metadata?.get("grpc-status-details-bin")[0];
    return { code: error.code, message: error.details, report: bytes instanceof Buffer ? decodeError(contract, bytes) : null };
  }
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
