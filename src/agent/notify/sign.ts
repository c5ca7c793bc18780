import { createHmac } from "node:crypto";

/** The header by which a receiver knows that a message is ours, and of when: t=SECONDS,v1=HMAC-SHA256 in hex over "SECONDS.BODY". */
export const signatureHeader = "x-phoenix-signature";

/** Its value; `at` is in milliseconds since 1970. */
export function signature(secret: string, at: number, body: string): string {
  const seconds = Math.floor(at / 1000);
  return `t=${seconds},v1=${createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex")}`;
}
