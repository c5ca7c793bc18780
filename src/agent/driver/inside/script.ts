import { createTar } from "nanotar";
import type { Ctid } from "../../domain/container.ts";
import { Fault, toFailure } from "../../domain/errors.ts";
import type { Call, Command, Output, Script } from "../driver.ts";
import { freshId } from "../lxc/paths.ts";
import { exec } from "./exec.ts";
import type { Inside } from "./inside.ts";

/** A name in a tar header. */
const longestName = 99;
const removalMs = 10_000;
const quiet: Output = { stdout: () => {}, stderr: () => {} };

// Not `mkdir -p` for the folder itself: it must be ours, not one that somebody else made between the two commands.
const emptied = 'umask 077; rm -rf -- "$1" && mkdir -p -- "$(dirname -- "$1")" && mkdir -m 0700 -- "$1"';
const write = 'umask 077; cat > "$1" && chmod "$2" "$1"';
/** Entering a container costs more than all that is done here, so it is done once. $0 is said when the script was not run, and why. */
const wholeScript = `
cannot() { printf '%s %s\\n' "$0" "$1" >&2; exit 1; }
command -v tar >/dev/null || cannot tar
said=$({ ${emptied} && tar -x -f - -C "$1"; } 2>&1) || cannot "$said"
folder=$1
shift
"$@" </dev/null
code=$?
rm -rf -- "$folder"
exit $code`;

type Environment = Omit<Command, "argv" | "stdin">;

/** Driver.runInside: in one go, or file by file when the guest has no tar. Faults as exec; INVALID for names and folders that are none. */
export async function runInside(inside: Inside, ctid: Ctid, script: Script, command: Environment, call: Call): Promise<number> {
  const { folder, files, main } = script;
  if (!folder.startsWith("/") || folder.split("/").filter((part) => part !== "").length < 2 || folder.split("/").includes("..")) {
    throw new Fault("INVALID", `${JSON.stringify(folder)} is not a folder to put files into`);
  }
  for (const { name } of files) {
    if (!/^[^/\0]+$/.test(name) || name === "." || name === "..")
      throw new Fault("INVALID", `${JSON.stringify(name)} is not the name of a file`);
  }
  const argv = [`${folder}/${main}`, String(ctid)];
  const short = files.every(({ name }) => Buffer.byteLength(name) <= longestName);
  const came = short ? await inOneGo(inside, ctid, script, argv, command, call) : "no tar";
  if (came !== "no tar") return came;
  try {
    await putOneByOne(inside, ctid, script, call);
    return await exec(inside, ctid, { ...command, argv, stdin: "none" }, call);
  } finally {
    await remove(inside, ctid, folder, call);
  }
}

async function inOneGo(
  inside: Inside,
  ctid: Ctid,
  { folder, files }: Script,
  argv: readonly string[],
  command: Environment,
  call: Call,
): Promise<number | "no tar"> {
  const mark = `phoenix-${freshId()}`;
  const { output, why } = listenFor(mark, command.output);
  const whole = { ...command, argv: ["sh", "-c", wholeScript, mark, folder, ...argv], stdin: once(tarOf(files)), output };
  try {
    const code = await exec(inside, ctid, whole, call);
    if (why() === "tar") return "no tar";
    if (why() !== null) throw notPut(ctid, folder, why() ?? "");
    // Maybe it was our own shell that was killed.
    if (code > 128) await remove(inside, ctid, folder, call);
    return code;
  } catch (thrown) {
    await remove(inside, ctid, folder, call);
    throw thrown;
  }
}

async function putOneByOne(inside: Inside, ctid: Ctid, { folder, files }: Script, call: Call): Promise<void> {
  const sh = async (text: string, args: readonly string[], stdin: Uint8Array) => {
    const errors: Uint8Array[] = [];
    const output = { stdout: () => {}, stderr: (chunk: Uint8Array) => void errors.push(chunk.slice()) };
    const code = await exec(inside, ctid, { argv: ["sh", "-c", text, "sh", ...args], env: {}, stdin: once(stdin), output }, call);
    if (code !== 0) throw notPut(ctid, folder, Buffer.concat(errors).toString("utf8").trim());
  };
  await sh(emptied, [folder], new Uint8Array());
  for (const { name, content, mode } of files) await sh(write, [`${folder}/${name}`, mode.toString(8)], content);
}

/** Removes the folder, also when the call's own signal is aborted. */
async function remove(inside: Inside, ctid: Ctid, folder: string, call: Call): Promise<void> {
  const last = new AbortController();
  const late = setTimeout(() => last.abort(new Fault("TIMEOUT", `that took longer than ${removalMs / 1000} s`)), removalMs);
  const command = { argv: ["rm", "-rf", "--", folder], env: {}, stdin: "none", output: quiet } as const;
  await exec(inside, ctid, command, { ...call, signal: last.signal }).catch((error: unknown) =>
    call.note(`${folder} could not be removed: ${toFailure(error).message}`),
  );
  clearTimeout(late);
}

function notPut(ctid: Ctid, folder: string, said: string): Fault {
  return new Fault("BACKEND_FAILED", `files could not be put into ${folder} of container ${ctid}: ${said}`);
}

/** Passes output on, unless stderr begins with the mark: then it is why the script was not run. */
function listenFor(mark: string, output: Output): { readonly output: Output; readonly why: () => string | null } {
  let kept: Uint8Array[] | "passed on" | "nothing yet" = "nothing yet";
  const stderr = (chunk: Uint8Array) => {
    if (kept === "nothing yet") kept = Buffer.from(chunk).toString("latin1").startsWith(mark) ? [] : "passed on";
    if (kept === "passed on") return output.stderr(chunk);
    kept.push(chunk.slice());
  };
  const why = () => (typeof kept === "string" ? null : Buffer.concat(kept).toString("utf8").slice(mark.length).trim());
  return { output: { stdout: output.stdout, stderr }, why };
}

function tarOf(files: Script["files"]): Uint8Array {
  return createTar(files.map(({ name, content, mode }) => ({ name, data: content, attrs: { mode: mode.toString(8), uid: 0, gid: 0 } })));
}

async function* once(content: Uint8Array): AsyncIterable<Uint8Array> {
  yield await Promise.resolve(content);
}
