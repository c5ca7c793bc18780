import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { splitAddress } from "../config/listen.ts";
import { Fault } from "../domain/errors.ts";
import type { Log } from "../domain/log.ts";
import { systemWords } from "../domain/system-words.ts";
import { contentType } from "./text.ts";

/** Where metrics are served. */
export interface MetricsServer {
  /** host:port. */
  readonly address: string;
  readonly close: () => void;
}

/** A Prometheus needs one connection; whoever opens more, or is slow, is cut off. Times are milliseconds. */
const limits = { connections: 16, headerBytes: 8192, headers: 5000, request: 10_000, idle: 120_000, requestsPerConnection: 1000 };

/** Serves `page` as GET /metrics on address:port, and nothing else. Throws Fault INVALID when that can't be had. */
export async function serveMetrics(listen: string, page: () => string, log: Log): Promise<MetricsServer> {
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headers,
      requestTimeout: limits.request,
      keepAliveTimeout: limits.idle,
      connectionsCheckingInterval: limits.headers,
    },
    (request, response) => answer(request, response, page),
  );
  server.maxConnections = limits.connections;
  server.maxRequestsPerSocket = limits.requestsPerConnection;
  // Whoever does not take the answer is cut off as well.
  server.setTimeout(limits.idle, (socket) => socket.destroy());
  const { host, port } = splitAddress(listen) ?? { host: "", port: 0 };
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(
        new Fault(
          "INVALID",
          `metrics.listen: can't listen on ${listen}: ${systemWords(error)}`,
          "choose another address or port in agent.yaml",
        ),
      ),
    );
    server.listen({ host, port }, () => resolve());
  });
  server.on("error", (error) => log.error({}, `metrics can't be served: ${error.message}`));
  const bound = server.address() as AddressInfo;
  return {
    address: bound.family === "IPv6" ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse, page: () => string): void {
  const say = (status: number, text: string, headers: Readonly<Record<string, string>> = {}) => {
    // What is sent along is not waited for.
    if (request.headers["content-length"] !== undefined || request.headers["transfer-encoding"] !== undefined)
      response.shouldKeepAlive = false;
    response.writeHead(status, { "content-type": "text/plain; charset=utf-8", "content-length": Buffer.byteLength(text), ...headers });
    response.end(request.method === "HEAD" ? "" : text);
  };
  const [path] = (request.url ?? "").split("?");
  if (path !== "/metrics") return say(404, "metrics are at /metrics\n");
  if (request.method !== "GET" && request.method !== "HEAD") return say(405, "GET only\n", { allow: "GET, HEAD" });
  return say(200, page(), { "content-type": contentType, "cache-control": "no-store" });
}
