import { Client, credentials, type ServiceError } from "@grpc/grpc-js";
import { decodeError, detailsKey } from "../../proto/error.ts";
import { loadContract, type Contract } from "../../proto/index.ts";
import { Fault, reasons } from "./domain/errors.ts";

interface Method<Q, A> {
  readonly path: string;
  readonly requestSerialize: (request: Q) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => A;
}

/** Asks the agent that runs on this host. Throws Fault, also when there is none. */
export type Ask = <Q, A>(method: (services: Contract["services"]) => Method<Q, A>, request: NoInfer<Q>) => Promise<A>;

/** Seconds that an answer may take. */
const patience = 30;

/** Works with the agent behind a socket. The commands of phoenix-agent go this way, so that the running agent alone touches its store. */
export async function withAgent<T>(socket: string, work: (ask: Ask) => Promise<T>): Promise<T> {
  const contract = await loadContract();
  const client = new Client(`unix:${socket}`, credentials.createInsecure(), { "grpc.default_authority": "localhost" });
  const ask: Ask = (method, request) => {
    const { path, requestSerialize, responseDeserialize } = method(contract.services);
    const deadline = Date.now() + patience * 1000;
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, { deadline }, (error, answer) => {
        if (error !== null || answer === undefined) reject(faultOf(contract, socket, error));
        else resolve(answer);
      });
    });
  };
  try {
    return await work(ask);
  } finally {
    client.close();
  }
}

const startIt = "start it: systemctl start phoenix-agent";

/** What the system's codes mean here; grpc-js wraps them into sentences about itself. */
const causes = [
  { code: "ENOENT", why: "there is no such socket", remedy: startIt },
  { code: "ECONNREFUSED", why: "nobody listens there", remedy: startIt },
  { code: "EACCES", why: "no permission to use it", remedy: "do it as root" },
] as const;

function faultOf(contract: Contract, socket: string, error: ServiceError | null): Fault {
  const bytes = error?.metadata?.get(detailsKey)[0];
  const report = bytes instanceof Buffer ? decodeError(contract, bytes) : null;
  if (report === null) {
    const details = error?.details ?? "no answer";
    const cause = causes.find(({ code }) => details.includes(code));
    return new Fault("NOT_FOUND", `no agent answers on ${socket} (${cause?.why ?? details})`, cause?.remedy ?? startIt);
  }
  const reason = reasons.find((each) => each === report.reason) ?? "BACKEND_FAILED";
  return new Fault(reason, report.message, report.remedy);
}
