import { createTar } from "nanotar";
import type { Ctid } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";
import type { Call } from "../driver.ts";
import { exec } from "./exec.ts";
import type { Inside } from "./inside.ts";

export interface PushedContent {
  readonly name: string;
  readonly content: Uint8Array;
  readonly mode: number;
}

/** Says that the guest has no tar. */
const noTar = 86;
/** A name in a tar header. */
const longestName = 99;

// Not `mkdir -p` for the folder itself: it must be ours, not one that somebody else made between the two commands.
const emptied = 'umask 077; rm -rf -- "$1" && mkdir -p -- "$(dirname -- "$1")" && mkdir -m 0700 -- "$1"';
const unpack = `command -v tar >/dev/null || exit ${noTar}; ${emptied} && exec tar -x -f - -C "$1"`;
const write = 'umask 077; cat > "$1" && chmod "$2" "$1"';

/** Driver.push: all files in one go, or one by one when the guest has no tar. Faults as exec; INVALID for names and folders that are none. */
export async function push(inside: Inside, ctid: Ctid, folder: string, files: readonly PushedContent[], call: Call): Promise<void> {
  if (!folder.startsWith("/") || folder.split("/").filter((part) => part !== "").length < 2 || folder.split("/").includes("..")) {
    throw new Fault("INVALID", `${JSON.stringify(folder)} is not a folder to put files into`);
  }
  for (const { name } of files) {
    if (!/^[^/\0]+$/.test(name) || name === "." || name === "..")
      throw new Fault("INVALID", `${JSON.stringify(name)} is not the name of a file`);
  }
  const sh = async (script: string, args: readonly string[], stdin: Uint8Array) => {
    const errors: Uint8Array[] = [];
    const output = { stdout: () => {}, stderr: (chunk: Uint8Array) => void errors.push(chunk.slice()) };
    const code = await exec(inside, ctid, { argv: ["sh", "-c", script, "sh", ...args], env: {}, stdin: once(stdin), output }, call);
    return { code, said: Buffer.concat(errors).toString("utf8").trim() };
  };
  const done = ({ code, said }: { code: number; said: string }) => {
    if (code !== 0) throw new Fault("BACKEND_FAILED", `files could not be put into ${folder} of container ${ctid} (${code}): ${said}`);
  };
  const long = files.some(({ name }) => Buffer.byteLength(name) > longestName);
  const packed = long ? null : await sh(unpack, [folder], tarOf(files));
  if (packed !== null && packed.code !== noTar) return done(packed);
  done(await sh(emptied, [folder], new Uint8Array()));
  for (const { name, content, mode } of files) done(await sh(write, [`${folder}/${name}`, mode.toString(8)], content));
}

function tarOf(files: readonly PushedContent[]): Uint8Array {
  return createTar(files.map(({ name, content, mode }) => ({ name, data: content, attrs: { mode: mode.toString(8), uid: 0, gid: 0 } })));
}

async function* once(content: Uint8Array): AsyncIterable<Uint8Array> {
  yield await Promise.resolve(content);
}
