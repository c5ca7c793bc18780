import {
  Server,
  ServerCredentials,
  setLogger,
  type ServerInterceptor,
  type ServerOptions,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { loadContract } from "../../../proto/index.ts";
import { Fault } from "../domain/errors.ts";
import type { Log } from "../domain/log.ts";
import { adapter, type Gate } from "./adapt.ts";
import { boot } from "./boot.ts";
import { config } from "./config.ts";
import { gpu } from "./gpu.ts";
import { health, healthBoard } from "./health.ts";
import { host } from "./host.ts";
import type { Limits } from "./limits.ts";
import type { MakeServer, Port } from "./network.ts";
import { orchestration } from "./orchestration.ts";
import type { Parts } from "./parts.ts";
import { alphaOf, reflection } from "./reflection.ts";
import { snapshot } from "./snapshot.ts";
import { claimSocket } from "./socket.ts";
import { trust } from "./trust.ts";

/** The API of an agent that is up. */
export interface ApiServer {
  /** From now on nothing new is begun: such calls get SHUTTING_DOWN, health says NOT_SERVING. Watching and reading go on. */
  readonly drain: () => void;
  /** Ends streams with SHUTTING_DOWN and lets calls finish; what has not ended after so long is cut off. The socket is gone then. */
  readonly close: (grace_ms: number) => Promise<void>;
  /** Where the network is served, as host:port; null when it is not. */
  readonly address: string | null;
}

/** Larger requests are refused before they fill memory; nothing that makes sense comes near. */
const mostRequestBytes = 4 << 20;

const options = {
  "grpc.max_receive_message_length": mostRequestBytes,
  "grpc.max_send_message_length": -1,
  // A caller whose machine is gone must not keep a command running.
  "grpc.keepalive_time_ms": 30_000,
  "grpc.keepalive_timeout_ms": 10_000,
};

/**
 * Serves the contract on a unix socket that only its owner can use, and, where there is a network, over TLS. Throws Fault INVALID when
 * the socket or the port can't be had.
 */
export async function startServer(socket: string, parts: Parts): Promise<ApiServer> {
  logGrpc(parts.log);
  const contract = await loadContract();
  const { services } = contract;
  const ending = new AbortController();
  let draining = false;
  const board = healthBoard(
    [services.orchestration, services.snapshot, services.host, services.boot, services.gpu, services.config, services.trust].map(nameOf),
    parts.vitals,
  );
  let port: Port | null = null;
  const serving = (callerOf: Gate["callerOf"], limits: ServerOptions): Server => {
    const adapt = adapter({
      contract,
      log: parts.log,
      clock: parts.clock,
      audit: parts.audit,
      callerOf,
      draining: () => draining,
      ending: ending.signal,
    });
    const mirror = reflection(adapt);
    const served: readonly (readonly [ServiceDefinition, UntypedServiceImplementation])[] = [
      [services.orchestration, orchestration(parts, adapt)],
      [services.snapshot, snapshot(parts, adapt)],
      [services.host, host(parts, adapt)],
      [services.boot, boot(parts, adapt)],
      [services.gpu, gpu(parts, adapt)],
      [services.config, config(parts, adapt)],
      [services.trust, trust(parts, { listen: () => port?.address ?? "" }, adapt)],
      [services.health, health(board, adapt)],
      [services.reflection, mirror],
      [alphaOf(services.reflection), mirror],
    ];
    const server = new Server({ ...options, ...limits });
    for (const [definition, handlers] of served) server.addService(definition, handlers);
    return server;
  };

  await claimSocket(socket);
  const local = serving(() => ({ caller: { kind: "local" }, revoked: null }), {});
  const servers = [local];
  await bind(local, socket);
  if (parts.network !== null) {
    const make: MakeServer = (callerOf, interceptor, limits) => {
      const server = serving(callerOf, networkOptions(limits, interceptor));
      servers.push(server);
      return server;
    };
    try {
      const { openPort } = await import("./network.ts");
      port = await openPort(parts.network, make, { ...parts, contract });
    } catch (thrown) {
      local.forceShutdown();
      throw thrown;
    }
  }

  const drain = () => {
    draining = true;
    board.drain();
  };
  return {
    address: port?.address ?? null,
    drain,
    close: async (grace_ms) => {
      drain();
      ending.abort(new Fault("SHUTTING_DOWN", "the agent is ending", "runs go on when it is back", "transient"));
      port?.stop();
      await Promise.all(servers.map((server) => shutDown(server, grace_ms)));
      port?.cut();
    },
  };
}

/** What grpc-js has to know of the limits of one client. */
function networkOptions(limits: Limits, interceptor: ServerInterceptor): ServerOptions {
  return {
    "grpc.max_receive_message_length": limits.message,
    "grpc.max_concurrent_streams": Math.min(limits.calls, 100),
    "grpc.max_connection_idle_ms": limits.idle,
    "grpc.keepalive_time_ms": limits.alive.every,
    "grpc.keepalive_timeout_ms": limits.alive.within,
    interceptors: [interceptor],
  };
}

/** What grpc-js has to say goes where everything else goes, not to the terminal. */
function logGrpc(log: Log): void {
  const write = (text: unknown) => log.warn({ grpc: String(text) }, "grpc");
  setLogger({ error: write, info: write, debug: write });
}

/** The full name of a service, which its methods carry. */
function nameOf(definition: ServiceDefinition): string {
  return Object.values(definition)[0]?.path.split("/")[1] ?? "";
}

/** Nobody else may as much as connect, not even for a moment: so the mask, and no chmod afterwards. */
async function bind(server: Server, socket: string): Promise<void> {
  const before = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) => (error === null ? resolve() : reject(error)));
    });
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Fault("INVALID", `socket: can't listen on ${socket}: ${why}`, "check the folder and its permissions");
  } finally {
    process.umask(before);
  }
}

async function shutDown(server: Server, grace_ms: number): Promise<void> {
  const force = setTimeout(() => server.forceShutdown(), grace_ms);
  await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  clearTimeout(force);
}
