import { request as plain, type RequestOptions } from "node:http";
import { request as encrypted } from "node:https";
import { getCACertificates } from "node:tls";
import { Fault } from "../domain/errors.ts";
import type { Notice } from "../domain/notice.ts";
import { readSecret } from "./secret.ts";
import { signature, signatureHeader } from "./sign.ts";

/** Where notices go, and what they are signed with. */
export interface Receiver {
  readonly url: string;
  readonly secret_file: string;
  readonly timeout_s: number;
}

/** Sends a notice once. Rejects with a Fault when it is not known to have arrived: its receiver has to answer with 2xx in time. */
export type Send = (notice: Pick<Notice, "id" | "body">, signal: AbortSignal) => Promise<void>;

/** A sender over HTTP. No proxy is asked, and no redirect followed: what is sent goes where the settings say, or nowhere. */
export function httpSender({ url, secret_file, timeout_s }: Receiver, version: string, now: () => number): Send {
  return async ({ id, body }, signal) => {
    const headers = {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      "user-agent": `phoenix-agent/${version}`,
      "x-phoenix-delivery": id,
      [signatureHeader]: signature(readSecret(secret_file), now(), body),
    };
    const late = AbortSignal.timeout(timeout_s * 1000);
    const status = await post(url, headers, body, AbortSignal.any([signal, late])).catch((error: unknown) => {
      if (late.aborted) throw new Fault("TIMEOUT", `no answer within ${timeout_s} s`, receiverRemedy, "transient");
      throw new Fault("BACKEND_FAILED", wordsOf(error), receiverRemedy, "transient");
    });
    if (status >= 300 && status < 400)
      throw new Fault("BACKEND_FAILED", `it answered ${status}, a redirect, and none is followed`, "set notify.url to where it leads");
    if (status < 200 || status >= 300) throw new Fault("BACKEND_FAILED", `it answered ${status}`, receiverRemedy, "transient");
  };
}

const receiverRemedy = "look at what listens on notify.url, and try: phoenix-agent notify test";

function post(url: string, headers: RequestOptions["headers"], body: string, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    // An agent of its own takes no proxy from the environment, and keeps no connection.
    const options = { method: "POST", headers, agent: false as const, signal };
    const sent = url.startsWith("https:") ? encrypted(url, { ...options, ca: authorities() }) : plain(url, options);
    sent.on("error", reject);
    sent.on("response", (response) => {
      resolve(response.statusCode ?? 0);
      // What it says besides is of no interest, and may never end: the signal ends it.
      response.on("error", () => {});
      response.resume();
    });
    sent.end(body);
  });
}

/** Those of Node, and those that the owner has added to the host. */
function authorities(): string[] {
  return [...getCACertificates("bundled"), ...getCACertificates("system")];
}

/** Several addresses that were tried in vain come as one error without words. */
function wordsOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(wordsOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}
