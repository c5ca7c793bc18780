import { status } from "@grpc/grpc-js";
import { clean } from "../render/text.ts";
import type { Place } from "./places.ts";
import type { Trouble } from "./trouble.ts";

/** What the libraries below say, in fewer words. */
const reasons: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED/, "connection refused"],
  [/ENOENT/, "no such socket"],
  [/EACCES|EPERM/, "no permission to use its socket"],
  [/EHOSTUNREACH|ENETUNREACH/, "no route to it"],
  [/ENOTFOUND|EAI_AGAIN|Name resolution failed/, "nobody knows that name"],
  [/CERT_HAS_EXPIRED|certificate has expired/, "its certificate has expired"],
  [/certificate_revoked|revoked/i, "this client's certificate was revoked there"],
  [
    /SELF_SIGNED|UNABLE_TO_VERIFY|self-signed|unable to (get|verify)/,
    "its certificate is not by the authority that it had when this client joined",
  ],
  [/alert|handshake|EPROTO|SSL|TLS/, "it does not accept this client's certificate"],
  [/ETIMEDOUT|deadline/i, "no answer"],
  [/No connection established/, "no connection"],
];

/** Why nobody answers at a place, in a few words: "connection refused (10.0.0.3:7443)". */
export function silence(trouble: Trouble, place: Place): string {
  const { message, code } = trouble;
  const where = place.entry.kind === "socket" ? place.entry.socket : place.entry.addresses.join(", ");
  const found = code === status.DEADLINE_EXCEEDED ? "no answer" : reasons.find(([pattern]) => pattern.test(message))?.[1];
  return `${found ?? clean(message)} (${where})`;
}
