import { X509Certificate } from "node:crypto";
import { dropCredentials, saveCredentials } from "./credentials.ts";
import { ask, type Host } from "./host.ts";
import { changeHosts } from "./hosts-file.ts";
import { withHostReplaced, type TlsHost } from "./hosts.ts";

/** A certificate is renewed when less than this part of its life is left. */
const lastPart = 1 / 3;

/** Whether a certificate (PEM) is better renewed now. */
export function isAging(certificate: string, now: number): boolean {
  const { validFromDate, validToDate } = new X509Certificate(certificate);
  return validToDate.getTime() - now < (validToDate.getTime() - validFromDate.getTime()) * lastPart;
}

/**
 * Gets the next certificate from a host that is connected with, and keeps it in place of the old one. The connection goes on with the
 * old one, which stays good until its end, so no stream is dropped. When another client has renewed it meanwhile, nothing is done.
 * Throws Trouble or Complaint.
 */
export async function renew(host: Host, folder: string, name: string, current: TlsHost): Promise<void> {
  const [{ makeKey }, { membership }] = await Promise.all([import("./key.ts"), import("./join.ts")]);
  await changeHosts(folder, async (hosts) => {
    const entry = hosts.hosts[name];
    if (entry?.kind !== "tls" || entry.credentials !== current.credentials) return hosts;
    const request = await makeKey();
    const { issued } = await ask(host, host.services.trust.Renew, { csr: Buffer.from(request.csr) });
    if (issued === null) return hosts;
    const { credentials, ca_pins } = membership(issued, request);
    const saved = await saveCredentials(folder, name, credentials);
    return withHostReplaced(hosts, name, { ...entry, ca_pins, credentials: saved });
  });
  await dropCredentials(folder, current.credentials);
}
