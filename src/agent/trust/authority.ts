import "reflect-metadata";
import { createHash, randomBytes } from "node:crypto";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { Fault } from "../domain/errors.ts";
import type { Role } from "../domain/trust.ts";
import { days } from "./times.ts";

/** An authority of this agent: its certificate and its key. */
export interface Authority {
  readonly certificate: X509Certificate;
  /** The sha256 of the certificate, hex. */
  readonly fingerprint: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly until: number;
  readonly key: CryptoKey;
}

/** A certificate just made. */
export interface Issued {
  readonly der: Uint8Array;
  readonly pem: string;
  readonly fingerprint: string;
  readonly since: number;
  readonly until: number;
}

const ec = { name: "ECDSA", namedCurve: "P-256" };
const signing = { ...ec, hash: "SHA-256" };
const { subtle } = globalThis.crypto;

/** A certificate holds from a little before it was made, since clocks differ. */
const backdate = 60 * 60 * 1000;

/** The name that every agent's certificate has, besides those of its host: clients ask for it whatever address they dial. */
export const agentName = "phoenix-agent";

/** Makes an authority. */
export async function makeAuthority(hostname: string, now: number): Promise<Authority> {
  const keys = await subtle.generateKey(ec, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: [{ CN: [`Phoenix authority of ${hostname}`.slice(0, 64)] }],
    notBefore: new Date(now - backdate),
    notAfter: new Date(now + days(3650)),
    keys,
    signingAlgorithm: signing,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return authority(certificate, keys.privateKey);
}

/** The text that keeps an authority: its key and its certificate, PEM. */
export async function authorityText({ certificate, key }: Authority): Promise<string> {
  const pkcs8 = await subtle.exportKey("pkcs8", key);
  return `${PemConverter.encode(pkcs8, "PRIVATE KEY")}\n${certificate.toString("pem")}\n`;
}

/** The reverse. Throws when it is no such text, or when key and certificate don't belong together. */
export async function readAuthority(text: string): Promise<Authority> {
  const parts = PemConverter.decodeWithHeaders(text);
  const part = (type: string) => parts.find((each) => each.type === type)?.rawData;
  const [pkcs8, der] = [part("PRIVATE KEY"), part("CERTIFICATE")];
  if (pkcs8 === undefined || der === undefined) throw new Error("expected a PRIVATE KEY and a CERTIFICATE");
  const certificate = new X509Certificate(der);
  const key = await subtle.importKey("pkcs8", pkcs8, ec, true, ["sign"]);
  const probe = randomBytes(16);
  const publicKey = await certificate.publicKey.export(ec, ["verify"]);
  const matches = await subtle.verify(signing, publicKey, await subtle.sign(signing, key, probe), probe);
  if (!matches) throw new Error("the key is not that of the certificate");
  return authority(certificate, key);
}

/** Signs the certificate of somebody who joins. The name and role are ours; of the request only the key is used, once it is proved. */
export async function signClient(by: Authority, csr: Uint8Array, name: string, role: Role, now: number, ms: number): Promise<Issued> {
  const publicKey = await provenKey(csr);
  return sign(by, {
    subject: [{ CN: [name] }, { O: [`phoenix:${role}`] }],
    publicKey,
    usage: ExtendedKeyUsage.clientAuth,
    names: [],
    now,
    ms,
  });
}

/** Makes a certificate of the agent itself, for these names and addresses, with a key of its own. */
export async function signServer(
  by: Authority,
  hosts: readonly string[],
  now: number,
  ms: number,
): Promise<{ issued: Issued; key: string }> {
  const keys = await subtle.generateKey(ec, true, ["sign", "verify"]);
  const names = [agentName, ...hosts].map((value) => ({ type: /^[\d.]+$|:/.test(value) ? ("ip" as const) : ("dns" as const), value }));
  const subject = [{ CN: [agentName] }];
  const issued = await sign(by, { subject, publicKey: keys.publicKey, usage: ExtendedKeyUsage.serverAuth, names, now, ms });
  return { issued, key: PemConverter.encode(await subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY") };
}

interface Leaf {
  readonly subject: Record<string, string[]>[];
  readonly publicKey: CryptoKey;
  readonly usage: ExtendedKeyUsage;
  readonly names: { readonly type: "ip" | "dns"; readonly value: string }[];
  readonly now: number;
  readonly ms: number;
}

async function sign(by: Authority, { subject, publicKey, usage, names, now, ms }: Leaf): Promise<Issued> {
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serial(),
    subject,
    issuer: by.certificate.subject,
    notBefore: new Date(now - backdate),
    notAfter: new Date(now + ms),
    publicKey,
    signingKey: by.key,
    signingAlgorithm: signing,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([usage], true),
      await AuthorityKeyIdentifierExtension.create(by.certificate),
      ...(names.length === 0 ? [] : [new SubjectAlternativeNameExtension([...names])]),
    ],
  });
  const der = new Uint8Array(certificate.rawData);
  // A certificate knows whole seconds.
  return { der, pem: certificate.toString("pem"), fingerprint: fingerprintOf(der), since: now, until: certificate.notAfter.getTime() };
}

/** The key of a request, once whoever made it has proved to have the other half. Throws Fault INVALID. */
async function provenKey(csr: Uint8Array): Promise<CryptoKey> {
  const refuse = () => new Fault("INVALID", "csr: expected a PKCS#10 request, signed with its own P-256 key");
  try {
    const request = new Pkcs10CertificateRequest(Uint8Array.from(csr));
    const { name, namedCurve } = request.publicKey.algorithm as { readonly name: string; readonly namedCurve?: string };
    if (name !== "ECDSA" || namedCurve !== "P-256" || !(await request.verify())) throw refuse();
    return await request.publicKey.export(ec, ["verify"]);
  } catch {
    throw refuse();
  }
}

function authority(certificate: X509Certificate, key: CryptoKey): Authority {
  return {
    certificate,
    fingerprint: fingerprintOf(new Uint8Array(certificate.rawData)),
    since: certificate.notBefore.getTime() + backdate,
    until: certificate.notAfter.getTime(),
    key,
  };
}

/** The sha256 of a certificate, hex. */
export function fingerprintOf(der: Uint8Array): string {
  return createHash("sha256").update(der).digest("hex");
}

/** 16 bytes, positive. */
function serial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}
