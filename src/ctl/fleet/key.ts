import "reflect-metadata";
import { PemConverter, Pkcs10CertificateRequestGenerator } from "@peculiar/x509";

/** A key that was made here and never leaves, and the request for a certificate of it. */
export interface KeyRequest {
  /** PEM. */
  readonly key: string;
  /** PKCS#10, DER. */
  readonly csr: Uint8Array;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** Makes a key. */
export async function makeKey(): Promise<KeyRequest> {
  const { subtle } = globalThis.crypto;
  const keys = await subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const request = await Pkcs10CertificateRequestGenerator.create({ name: "CN=phoenixctl", keys, signingAlgorithm: algorithm });
  const key = PemConverter.encode(await subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  return { key: `${key}\n`, csr: new Uint8Array(request.rawData) };
}

/** A certificate as text. */
export function toPem(der: Uint8Array): string {
  return `${PemConverter.encode(Uint8Array.from(der), "CERTIFICATE")}\n`;
}
