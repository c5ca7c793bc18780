import { status, type CallOptions, type Client, type ServiceError } from "@grpc/grpc-js";
import type { Sent } from "./requests.ts";
import type { AnyMethod } from "./touch.ts";

/** How a call has ended: 0 when it went well, or gave something, or was a stream that was quiet until it was given up. */
export interface Fired {
  readonly code: number;
  readonly message: string;
}

/** Streams that say nothing are given up after this time. What answers once has longer: it is to answer. */
const quiet_ms = 200;
const answer_ms = 60_000;

const asIs = (bytes: Buffer) => bytes;

/** Sends bytes as the messages of a call. A stream is cancelled at its first answer. */
export function fire(client: Client, method: AnyMethod, sent: Sent): Promise<Fired> {
  const { path, requestStream, responseStream } = method;
  const [first = Buffer.alloc(0)] = sent;
  const options: CallOptions = { deadline: Date.now() + (responseStream ? quiet_ms : answer_ms) };
  return new Promise((resolve) => {
    const good = () => resolve({ code: status.OK, message: "" });
    const end = (error: ServiceError | null) => {
      if (error === null || (responseStream && error.code === status.DEADLINE_EXCEEDED)) good();
      else resolve({ code: error.code, message: error.details });
    };
    if (!responseStream) {
      if (!requestStream) return void client.makeUnaryRequest(path, asIs, asIs, first, options, end);
      const call = client.makeClientStreamRequest(path, asIs, asIs, options, end);
      for (const each of sent) call.write(each);
      return void call.end();
    }
    const call = requestStream ? duplex(client, path, sent, options) : client.makeServerStreamRequest(path, asIs, asIs, first, options);
    call.on("data", () => {
      good();
      call.cancel();
    });
    call.on("error", end);
    call.on("end", good);
  });
}

function duplex(client: Client, path: string, sent: Sent, options: CallOptions) {
  const call = client.makeBidiStreamRequest(path, asIs, asIs, options);
  for (const each of sent) call.write(each);
  call.end();
  return call;
}
