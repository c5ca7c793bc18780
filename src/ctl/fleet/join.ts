import type { ServiceError } from "@grpc/grpc-js";
import {
  fromTimestamp,
  loadContract,
  type IssuedCertificate__Output,
  type JoinResponse__Output,
  type JoinToken,
} from "../../../proto/index.ts";
import { complaint, type Complaint } from "../complaint.ts";
import { exit } from "../exit.ts";
import { clean } from "../render/text.ts";
import type { Credentials } from "./credentials.ts";
import { makeKey, toPem, type KeyRequest } from "./key.ts";
import { fetchAuthority, secureClient, type Unmet } from "./secure.ts";
import { troubleOf } from "./trouble.ts";

/** What a host has given to this workstation. */
export interface Membership {
  readonly credentials: Credentials;
  /** "sha256:" and 64 hex digits, each. */
  readonly ca_pins: readonly string[];
  /** The name and the role in the certificate. */
  readonly name: string;
  readonly role: string;
  /** When it ends, in milliseconds since 1970. */
  readonly until: number;
}

/** A host that was joined. */
export interface Joined extends Membership {
  /** As it calls itself. */
  readonly hostname: string;
  /** The addresses of the token, the one that answered first. */
  readonly addresses: readonly string[];
}

/** Seconds that an agent may take to answer. */
const patience = 20;

/**
 * Joins the host that has made a token: looks for it at the token's addresses, makes sure that it is the one, and only then shows the
 * token's secret. The key is made here. Throws Complaint.
 */
export async function joinHost(token: JoinToken, name: string): Promise<Joined> {
  const { address, ca } = await findAgent(token);
  const contract = await loadContract();
  const request = await makeKey();
  const client = secureClient(address, { ca });
  try {
    const { path, requestSerialize, responseDeserialize } = contract.services.trust.Join;
    const message = { token_id: token.id, secret: Buffer.from(token.secret), csr: Buffer.from(request.csr), name };
    const answer = await answerOf<JoinResponse__Output>((options, done) =>
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, message, options, done),
    ).catch((thrown: ServiceError) => {
      const trouble = troubleOf(thrown, contract);
      throw refused(address, trouble.report?.message ?? trouble.message, trouble.report?.remedy ?? "");
    });
    if (answer.issued === null) throw refused(address, "it gave no certificate", "");
    const addresses = [address, ...token.addresses.filter((each) => each !== address)];
    return { ...membership(answer.issued, request), hostname: answer.hostname, addresses };
  } finally {
    client.close();
  }
}

/** What an agent has issued, with the key that it was issued for. */
export function membership({ certificate, authorities, name, role, until }: IssuedCertificate__Output, { key }: KeyRequest): Membership {
  return {
    credentials: { ca: authorities.map((each) => toPem(each.certificate)).join(""), certificate: toPem(certificate), key },
    ca_pins: authorities.map(({ fingerprint }) => `sha256:${fingerprint}`),
    name,
    role: role.replace(/^ROLE_/, "").toLowerCase(),
    until: fromTimestamp(until) ?? 0,
  };
}

/** All addresses at once; the first one in the token's order at which the agent shows itself. */
async function findAgent({ addresses, fingerprint }: JoinToken): Promise<{ readonly address: string; readonly ca: string }> {
  const tries = addresses.map(async (address) => ({ address, ca: await fetchAuthority(address, fingerprint) }));
  const settled = await Promise.allSettled(tries);
  const found = settled.find((each) => each.status === "fulfilled");
  if (found !== undefined) return found.value;
  const troubles = settled.map((each) => (each.status === "rejected" ? (each.reason as Unmet) : null));
  throw unmet(
    addresses.map((address, index) => [address, troubles[index]?.message ?? ""] as const),
    troubles.some((each) => each?.kind === "stranger"),
  );
}

function unmet(found: readonly (readonly [address: string, trouble: string])[], stranger: boolean): Complaint {
  if (stranger) {
    return complaint(exit.notAllowed, "whoever answers there is not the agent that has made this token. Nothing was sent.", [
      ...found,
      ["either", "another machine has this address now, or somebody is in between"],
    ]);
  }
  return complaint(exit.unreachable, "the agent that has made this token can't be reached. The token is still good.", [
    ...found,
    ["elsewhere", "phoenix-agent token create --address HOST:PORT names an address that this machine can reach"],
  ]);
}

function refused(address: string, message: string, remedy: string): Complaint {
  return complaint(
    exit.notAllowed,
    `the agent at ${clean(address)} does not let this machine join: ${clean(message)}.`,
    remedy === "" ? [] : [["what to do", clean(remedy)]],
  );
}

type Done<A> = (error: ServiceError | null, answer?: A) => void;

function answerOf<A>(call: (options: { deadline: number }, done: Done<A>) => unknown): Promise<A> {
  return new Promise((resolve, reject) => {
    call({ deadline: Date.now() + patience * 1000 }, (error, answer) => {
      if (error !== null || answer === undefined) reject(error ?? new Error("no answer"));
      else resolve(answer);
    });
  });
}
