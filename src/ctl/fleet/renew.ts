import { X509Certificate } from "node:crypto";
import { dropUnused, loadCredentials, saveCredentials } from "./credentials.ts";
import { ask, type Host } from "./host.ts";
import { changeHosts } from "./hosts-change.ts";
import { withHostReplaced } from "./hosts.ts";
import type { Place } from "./places.ts";
import { Trouble } from "./trouble.ts";

/** A certificate is renewed when less than this part of its life is left. */
const lastPart = 1 / 3;

type Known = Extract<Place, { readonly kind: "known" }>;

/** A certificate that wants to be renewed and was not. */
export interface Unrenewed {
  readonly host: string;
  /** When it ends, in milliseconds since 1970. */
  readonly until: number;
  readonly why: string;
}

/**
 * Renews the certificate for a host that has answered, when little of its life is left; null: all is well. What the command itself does
 * goes on with the old one, which stays good until its end, so no stream is dropped. Never throws: it is not what was asked for.
 */
export async function renewAging(host: Host, now: number, timeout_s: number): Promise<Unrenewed | null> {
  const { place } = host;
  if (place.kind !== "known" || place.entry.kind !== "tls") return null;
  let until = now;
  try {
    const { certificate } = await loadCredentials(place.folder, place.entry.credentials);
    const { validFromDate, validToDate } = new X509Certificate(certificate);
    until = validToDate.getTime();
    if (until - now >= (until - validFromDate.getTime()) * lastPart) return null;
    await renew(host, place, place.entry.credentials, timeout_s);
    return null;
  } catch (thrown) {
    const said = thrown instanceof Trouble ? thrown.report?.message : undefined;
    return { host: place.name, until, why: said ?? (thrown instanceof Error ? thrown.message : String(thrown)) };
  }
}

/** Gets the next certificate, and keeps it in place of the old one. When another client has renewed it meanwhile, nothing is done. */
async function renew(host: Host, { folder, name }: Known, current: string, timeout_s: number): Promise<void> {
  const [{ makeKey }, { membership }] = await Promise.all([import("./key.ts"), import("./join.ts")]);
  await changeHosts(folder, async (hosts) => {
    const entry = hosts.hosts[name];
    if (entry?.kind !== "tls" || entry.credentials !== current) return hosts;
    const request = await makeKey();
    const { issued } = await ask(host, host.services.trust.Renew, { csr: Buffer.from(request.csr) }, timeout_s);
    if (issued === null) return hosts;
    const { credentials, ca_pins } = membership(issued, request);
    const saved = await saveCredentials(folder, name, credentials);
    const renewed = withHostReplaced(hosts, name, { ...entry, ca_pins, credentials: saved });
    // Other commands that run now may be about to read the ones that were good so far: they go the next time.
    await dropUnused(folder, name, [saved, current]);
    return renewed;
  });
}
