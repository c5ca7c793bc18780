import { X509Certificate } from "node:crypto";
import { Complaint } from "../complaint.ts";
import { loadCredentials } from "./credentials.ts";
import type { Place } from "./places.ts";

/** What a certificate says of this client. */
export interface Membership {
  readonly name: string;
  /** reader, operator or admin; as the host that has signed it has it. */
  readonly role: string;
  /** sha256, hex. */
  readonly fingerprint: string;
  /** Milliseconds since 1970, both. */
  readonly since: number;
  readonly until: number;
}

/** What this client shows the host at a place; null where nothing is shown, or it can't be read, which whoever connects is told. */
export async function membershipAt(place: Place): Promise<Membership | null> {
  if (place.kind !== "known" || place.entry.kind !== "tls") return null;
  try {
    const { certificate } = await loadCredentials(place.folder, place.entry.credentials);
    const { fingerprint256, validFromDate, validToDate, subject } = new X509Certificate(certificate);
    const part = (key: string) => new RegExp(`^${key}=(.*)$`, "m").exec(subject)?.[1] ?? "";
    return {
      name: part("CN"),
      role: part("O").replace(/^phoenix:/, ""),
      fingerprint: fingerprint256.replaceAll(":", "").toLowerCase(),
      since: validFromDate.getTime(),
      until: validToDate.getTime(),
    };
  } catch (thrown) {
    if (thrown instanceof Complaint || (thrown as NodeJS.ErrnoException).code?.startsWith("ERR_OSSL") === true) return null;
    throw thrown;
  }
}
