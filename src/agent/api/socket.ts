import { lstat, mkdir, unlink } from "node:fs/promises";
import { connect } from "node:net";
import { dirname } from "node:path";
import { Fault } from "../domain/errors.ts";
import { systemWords } from "../domain/system-words.ts";

/** What sockaddr_un has room for. A longer path would be cut by the kernel in silence. */
const longestPath = 107;

/**
 * Makes room for a socket: removes one that an agent left behind when it was killed, since nobody can bind to it again.
 * One that answers, or a file that is no socket, is left alone and refused. The folder that it is in is made where it is missing:
 * /run is empty after a boot, and not every agent is started by a systemd that sees to it.
 */
export async function claimSocket(path: string): Promise<void> {
  if (Buffer.byteLength(path) > longestPath) {
    throw new Fault(
      "INVALID",
      `socket: expected a path of at most ${longestPath} bytes, got ${path}`,
      "choose a shorter path in agent.yaml",
    );
  }
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw new Fault("INVALID", `socket: ${path} can't be looked at: ${systemWords(error)}`, "check the folder and its permissions");
  });
  if (found === null) return makeFolder(dirname(path));
  if (!found.isSocket())
    throw new Fault("INVALID", `socket: ${path} exists and is no socket`, "move it away, or choose another path in agent.yaml");
  if (await answers(path)) {
    throw new Fault("INVALID", `socket: another agent answers on ${path}`, "stop it first, or choose another path in agent.yaml");
  }
  await unlink(path);
}

/** Only the last one, so that a path with a mistake in it is not made. */
async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o711 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EEXIST") return;
    throw new Fault("INVALID", `socket: the folder ${folder} can't be made: ${systemWords(error)}`, "choose another path in agent.yaml");
  });
}

/** Whether somebody listens. In doubt yes: what can't be reached may well be alive. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "ECONNREFUSED" && error.code !== "ENOENT"));
  });
}
