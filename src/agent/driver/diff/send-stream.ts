import { Fault } from "../../domain/errors.ts";

/** What `btrfs send` says of a path: the parts of a command that tell which paths it concerns. A path has a character for each byte. */
export interface SendCommand {
  readonly does: "makes" | "renames" | "links" | "removes" | "writes" | "sets an attribute" | "touches";
  readonly path: string;
  /** Renames: the new name. Links: the name that there is already. */
  readonly other: string;
}

const magic = "btrfs-stream\0";
const headBytes = magic.length + 4;
const commandHead = 10;
/** Larger ones are no commands: with --no-data the largest is an extended attribute. */
const mostBytes = 1 << 20;

/** Numbers of the kernel's fs/btrfs/send.h. */
const commands: ReadonlyMap<number, SendCommand["does"]> = new Map<number, SendCommand["does"]>([
  ...[3, 4, 5, 6, 7, 8].map((make) => [make, "makes"] as const),
  [9, "renames"],
  [10, "links"],
  ...[11, 12].map((remove) => [remove, "removes"] as const),
  ...[13, 14, 24].map((attribute) => [attribute, "sets an attribute"] as const),
  ...[15, 16, 17, 22, 23, 25].map((write) => [write, "writes"] as const),
  ...[18, 19, 20].map((touch) => [touch, "touches"] as const),
]);
const attributes = { path: 15, path_to: 16, path_link: 17 };

/** Reads a stream in pieces as they come, and hands over its commands. Throws Fault BACKEND_FAILED for what is no such stream. */
export function sendStreamReader(take: (command: SendCommand) => void): (chunk: Uint8Array) => void {
  let rest: Buffer = Buffer.alloc(0);
  let begun = false;
  return (chunk) => {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    let at = 0;
    if (!begun) {
      if (rest.length < headBytes) return;
      if (rest.toString("latin1", 0, magic.length) !== magic) throw strange("it does not begin as one");
      begun = true;
      at = headBytes;
    }
    for (;;) {
      if (rest.length < at + commandHead) break;
      const size = rest.readUInt32LE(at);
      if (size > mostBytes) throw strange(`a command has ${size} bytes`);
      const end = at + commandHead + size;
      if (rest.length < end) break;
      const does = commands.get(rest.readUInt16LE(at + 4));
      if (does !== undefined) take(commandOf(does, rest.subarray(at + commandHead, end)));
      at = end;
    }
    rest = rest.subarray(at);
  };
}

function commandOf(does: SendCommand["does"], bytes: Buffer): SendCommand {
  let path = "";
  let other = "";
  for (let at = 0; at + 4 <= bytes.length;) {
    const type = bytes.readUInt16LE(at);
    const end = at + 4 + bytes.readUInt16LE(at + 2);
    const text = () => bytes.toString("latin1", at + 4, end);
    if (type === attributes.path) path = text();
    else if (type === attributes.path_to || (type === attributes.path_link && does === "links")) other = text();
    at = end;
  }
  return { does, path, other };
}

function strange(why: string): Fault {
  return new Fault("BACKEND_FAILED", `what btrfs send has sent is no stream of btrfs: ${why}`);
}
