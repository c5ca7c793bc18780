import { connect, createSecureContext, type SecureContext } from "node:tls";
import { Client, credentials, type ClientOptions } from "@grpc/grpc-js";
import type { Credentials } from "./credentials.ts";

/** The name in the certificate of every agent: what an agent is called on the network is its owner's business. */
export const agentName = "phoenix-agent";

/** What to show an agent, and whom to take for one; without `certificate` and `key` the client shows nothing. */
export type Secrets = Credentials | { readonly ca: string };

/** TLS as agents speak it. */
export function secureContext(secrets: Secrets): SecureContext {
  const shown = "key" in secrets ? { cert: secrets.certificate, key: secrets.key } : {};
  return createSecureContext({ ca: secrets.ca, minVersion: "TLSv1.3", ...shown });
}

/** A client of the agent at HOST:PORT. Nothing is sent yet. */
export function secureClient(address: string, secrets: Secrets, options: ClientOptions = {}): Client {
  return new Client(address, credentials.createFromSecureContext(secureContext(secrets)), {
    ...options,
    "grpc.ssl_target_name_override": agentName,
  });
}

/** Why an agent could not be asked for its authority. */
export class Unmet extends Error {
  override readonly name = "Unmet";
  /** "stranger": somebody answered who is not the agent that is looked for. */
  readonly kind: "unreachable" | "stranger";

  constructor(kind: "unreachable" | "stranger", message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Milliseconds that an agent may take to show itself. */
const patience = 5000;

/**
 * Asks whoever answers at HOST:PORT for the certificate of their authority, and gives it, PEM, when it has this fingerprint (sha256,
 * hex). Nothing is proved by that yet, and nothing is sent: it is what the next connection is verified with. Throws Unmet.
 */
export function fetchAuthority(address: string, fingerprint: string): Promise<string> {
  const at = address.lastIndexOf(":");
  const host = address.slice(0, at).replace(/^\[|\]$/g, "");
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port: Number(address.slice(at + 1)),
      servername: agentName,
      ALPNProtocols: ["h2"],
      minVersion: "TLSv1.3",
      rejectUnauthorized: false,
      timeout: patience,
    });
    const fail = (unmet: Unmet) => {
      socket.destroy();
      reject(unmet);
    };
    socket.once("timeout", () => fail(new Unmet("unreachable", `no answer within ${patience / 1000} s`)));
    socket.once("error", (error: NodeJS.ErrnoException) => fail(new Unmet("unreachable", reasons[error.code ?? ""] ?? error.message)));
    socket.once("secureConnect", () => {
      const found = chain(socket.getPeerCertificate(true)).find(({ sha256 }) => sha256 === fingerprint);
      if (found === undefined) return fail(new Unmet("stranger", "somebody else answers there"));
      socket.destroy();
      resolve(found.pem);
    });
  });
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "no such host",
  EHOSTUNREACH: "no way to this host",
  ENETUNREACH: "no way to this network",
  ECONNRESET: "the connection was closed",
};

interface Shown {
  readonly sha256: string;
  readonly pem: string;
}

/** All the certificates that were shown, from the agent's own to its authority. */
function chain(first: { raw?: Buffer; fingerprint256?: string; issuerCertificate?: object }): Shown[] {
  const found: Shown[] = [];
  const seen = new Set<object>();
  for (let each: typeof first | undefined = first; each?.raw !== undefined && !seen.has(each); each = each.issuerCertificate) {
    seen.add(each);
    const base64 = each.raw.toString("base64").match(/.{1,64}/g) ?? [];
    found.push({
      sha256: (each.fingerprint256 ?? "").replaceAll(":", "").toLowerCase(),
      pem: ["-----BEGIN CERTIFICATE-----", ...base64, "-----END CERTIFICATE-----", ""].join("\n"),
    });
  }
  return found;
}
