// What may come in on an open port besides calls.
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { splitAddress } from "../../../src/agent/config/listen.ts";
import type { Pass } from "./host.ts";

/** Where nonsense is sent, from which address of this machine, and what a member of the host would show. */
export interface Target {
  readonly address: string;
  readonly from: string;
  readonly pass: Pass;
}

/** How far into the conversation the nonsense begins. */
export const depths = ["before TLS", "as a stranger", "as a member"] as const;
export type Depth = (typeof depths)[number];

const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** An HTTP/2 frame. `claimed` is the length that it says it has. */
export function frame(type: number, flags: number, stream: number, payload: Buffer, claimed = payload.length): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(claimed, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const settings = frame(4, 0, 0, Buffer.alloc(0));
/** What every HTTP/2 client says first. */
export const begun = Buffer.concat([preface, settings]);

/** POST /phoenix.v1.HostService/GetHost, without Huffman codes. */
function headers(stream: number, flags = 4): Buffer {
  const literal = (name: string, value: string) =>
    Buffer.concat([Buffer.from([0, name.length]), Buffer.from(name), Buffer.from([value.length]), Buffer.from(value)]);
  const block = [
    Buffer.from([0x83, 0x87]),
    literal(":path", "/phoenix.v1.HostService/GetHost"),
    literal(":authority", "x"),
    literal("content-type", "application/grpc"),
    literal("te", "trailers"),
  ];
  return frame(1, flags, stream, Buffer.concat(block));
}

const many = (count: number, make: (index: number) => Buffer) => Buffer.concat(Array.from({ length: count }, (_, index) => make(index)));

/** Nonsense by its name; `noise` are bytes by chance. */
export const nonsense: Readonly<Record<string, (noise: Buffer) => Buffer>> = {
  nothing: () => Buffer.alloc(0),
  noise: (noise) => noise,
  "HTTP/1.1": () => Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
  "a ClientHello that ends too early": (noise) => Buffer.concat([Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]), noise.subarray(0, 40)]),
  "a TLS record that is too long": (noise) => Buffer.concat([Buffer.from([22, 3, 3, 255, 255]), noise]),
  "a TLS alert": () => Buffer.from([21, 3, 3, 0, 2, 2, 80]),
  "half a preface": () => preface.subarray(0, 11),
  "noise behind the preface": (noise) => Buffer.concat([begun, noise]),
  "half a frame": () => Buffer.concat([begun, frame(0, 0, 1, Buffer.alloc(10), 500)]),
  "a frame of 16 MiB": () => Buffer.concat([begun, frame(0, 0, 1, Buffer.alloc(100), (1 << 24) - 1)]),
  "frames of no known type": (noise) => Buffer.concat([begun, many(50, (index) => frame(100 + index, 255, index, noise.subarray(0, 20)))]),
  "data of a stream that is not open": (noise) => Buffer.concat([begun, frame(0, 0, 77, noise)]),
  "headers that can't be decoded": (noise) => Buffer.concat([begun, frame(1, 4, 1, noise)]),
  "headers that never end": (noise) =>
    Buffer.concat([begun, headers(1, 0), many(200, () => frame(9, 0, 1, Buffer.concat([noise, Buffer.alloc(300)])))]),
  "half a message": () => Buffer.concat([begun, headers(1), frame(0, 0, 1, Buffer.from([0, 0, 0, 1, 0, 8]))]),
  "half a message, and an end": () => Buffer.concat([begun, headers(1), frame(0, 1, 1, Buffer.from([0, 0, 0, 1, 0, 8]))]),
  "a message of 4 GiB": () => Buffer.concat([begun, headers(1), frame(0, 0, 1, Buffer.from([0, 255, 255, 255, 255, 8]))]),
  "a message in a compression that was not agreed on": (noise) =>
    Buffer.concat([begun, headers(1), frame(0, 1, 1, Buffer.concat([Buffer.from([1, 0, 0, 0, 20]), noise.subarray(0, 20)]))]),
  "calls without an end": () => Buffer.concat([begun, many(40, (index) => headers(2 * index + 1))]),
  "calls that are reset at once": () =>
    Buffer.concat([
      begun,
      many(150, (index) => Buffer.concat([headers(2 * index + 1), frame(3, 0, 2 * index + 1, Buffer.from([0, 0, 0, 8]))])),
    ]),
  "settings, again and again": () => Buffer.concat([begun, many(500, () => settings)]),
  "pings, again and again": () => Buffer.concat([begun, many(500, () => frame(6, 0, 0, Buffer.alloc(8)))]),
  "a window of more than 2 GiB": () => Buffer.concat([begun, many(3, () => frame(8, 0, 0, Buffer.from([127, 255, 255, 255])))]),
};

/** Sends nonsense, waits until it is taken or refused, and hangs up: with an end, or without. Resolves when the connection is gone. */
export function babble(target: Target, depth: Depth, bytes: Buffer, ending: "end" | "cut"): Promise<void> {
  const { host, port } = splitAddress(target.address)!;
  const to = { host, port, localAddress: target.from };
  return new Promise((resolve) => {
    const socket: Socket =
      depth === "before TLS"
        ? connect(to)
        : connectTls({
            ...to,
            ALPNProtocols: ["h2"],
            rejectUnauthorized: false,
            ...(depth === "as a member" ? { cert: target.pass.certificate, key: target.pass.key } : {}),
          });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => resolve());
    socket.on("end", () => socket.destroy());
    // Whatever comes back is read, so that the agent is never the one that has to wait.
    socket.resume();
    socket.once(depth === "before TLS" ? "connect" : "secureConnect", () => {
      socket.write(bytes, () => {
        if (ending === "cut") socket.destroy();
        else socket.end(() => setImmediate(() => socket.destroy()));
      });
    });
  });
}
