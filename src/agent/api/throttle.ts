import { ServerInterceptingCall, type ServerInterceptor } from "@grpc/grpc-js";
import { Fault } from "../domain/errors.ts";
import { methods } from "./methods.ts";
import { bucket, type Bucket, type Limits } from "./limits.ts";

/** What can be cut off. */
export interface Cuttable {
  readonly destroy: () => unknown;
}

/** What a client uses at the moment. */
interface Client {
  readonly connections: Set<Cuttable>;
  readonly rate: Bucket;
  readonly changes: Bucket;
  /** What it may ask for beyond its rate, before its connections are closed. */
  readonly patience: Bucket;
  calls: number;
  arriving: number;
}

/** Keeps each client within its limits. A client is whoever the caller says: a certificate's name, or an address. */
export interface Throttle {
  /** Takes a connection of a client; the function that it gives says that it has ended. null: there are too many. */
  readonly connect: (client: string, connection: Cuttable) => (() => void) | null;
  /** Refuses calls beyond the limits before their requests are read. `clientOf` knows the client of a connection by its peer. */
  readonly interceptor: (
    clientOf: (peer: string) => string | null,
    refuse: (fault: Fault, peer: string, method: string) => Refused,
  ) => ServerInterceptor;
}

type Refused = Parameters<ServerInterceptingCall["sendStatus"]>[0];

/** So many clients are remembered after they have gone, for as long as their buckets are not full again. */
const mostRemembered = 10_000;

/** A throttle; `elapsed` gives milliseconds that never go back. */
export function createThrottle(limits: Limits, elapsed: () => number): Throttle {
  const clients = new Map<string, Client>();

  function client(name: string): Client {
    const found = clients.get(name);
    if (found !== undefined) return found;
    const now = elapsed();
    const made: Client = {
      connections: new Set(),
      rate: bucket(limits.rate, now),
      changes: bucket(limits.changes, now),
      patience: bucket({ burst: limits.patience, perSecond: limits.patience / 10 }, now),
      calls: 0,
      arriving: 0,
    };
    forgetIdle();
    clients.set(name, made);
    return made;
  }

  /** Whoever has gone and would find full buckets again; when there are too many, those that were there first as well. */
  function forgetIdle(): void {
    const now = elapsed();
    for (const [name, { connections, rate, changes, patience }] of clients) {
      const idle =
        connections.size === 0 && ((rate.isFull(now) && changes.isFull(now) && patience.isFull(now)) || clients.size >= mostRemembered);
      if (idle) clients.delete(name);
    }
  }

  function problem(of: Client, method: string): string | null {
    if (methods[method]?.effect !== "read" && !of.changes.take(elapsed())) return `more than ${limits.changes.perSecond} changes a second`;
    if (!of.rate.take(elapsed())) return `more than ${limits.rate.perSecond} calls a second`;
    if (of.calls >= limits.calls) return `more than ${limits.calls} calls at a time`;
    return of.arriving >= limits.arriving ? `more than ${limits.arriving} requests that have not arrived yet` : null;
  }

  /** It was told to slow down, again and again. */
  function cutOff({ connections }: Client): void {
    for (const connection of connections) connection.destroy();
  }

  return {
    connect: (name, connection) => {
      const all = [...clients.values()].reduce((sum, each) => sum + each.connections.size, 0);
      const of = client(name);
      if (all >= limits.connections.all || of.connections.size >= limits.connections.client) return null;
      of.connections.add(connection);
      return () => void of.connections.delete(connection);
    },
    interceptor:
      (clientOf, refuse) =>
      ({ path }, call) => {
        const peer = call.getPeer();
        const name = clientOf(peer);
        // Its connection has just gone; whoever asks for the caller later finds nobody.
        if (name === null) return new ServerInterceptingCall(call);
        const of = client(name);
        let arriving = false;
        const arrived = () => {
          if (arriving) of.arriving -= 1;
          arriving = false;
        };
        return new ServerInterceptingCall(call, {
          start: (next) => {
            const why = problem(of, path);
            if (why !== null) {
              if (!of.patience.take(elapsed())) cutOff(of);
              call.sendStatus(refuse(new Fault("TOO_MANY", `one client may not make ${why}`, "slow down", "transient"), peer, path));
              return;
            }
            next({
              // A call that has been cancelled already never gets here, and hears of no end.
              onReceiveMetadata: (metadata, nextMetadata) => {
                arriving = true;
                of.arriving += 1;
                of.calls += 1;
                nextMetadata(metadata);
              },
              onReceiveMessage: (message, nextMessage) => {
                arrived();
                nextMessage(message);
              },
              // Comes at the end of every call, once all of the answer has been taken.
              onCancel: () => {
                arrived();
                of.calls -= 1;
              },
            });
          },
        });
      },
  };
}
