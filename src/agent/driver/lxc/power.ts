import { readFile, rm, writeFile } from "node:fs/promises";
import type { Ctid } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";
import type { Call, Driver } from "../driver.ts";
import { capture, checkAbort } from "../process.ts";
import { valueOf } from "./config.ts";
import { changeable, type Found } from "./container.ts";
import { readIfThere } from "./files.ts";
import { unfreeze } from "./freeze.ts";
import type { Home, Pool } from "./paths.ts";
import { initPid, killInit, stateOf } from "./state.ts";

type How = Parameters<Driver["stop"]>[1];

const logLines = 12;
/** How long one request to shut down is waited for before it is repeated: one right after the start is lost (facts/lxc.md). */
const requestSeconds = 1;
const killPatienceMs = 10_000;

/** Driver.start. Fault BACKEND_FAILED with the end of LXC's log when init does not run. */
export async function start(pool: Pool, ctid: Ctid, call: Call): Promise<void> {
  const { home, lines } = await changeable(pool, ctid, call.signal);
  if ((await stateOf(pool, ctid)) === "stopping") await until(pool, ctid, killPatienceMs, call.signal);
  if ((await stateOf(pool, ctid)) !== "stopped") return;
  await writeResolv(home, valueOf(lines, "phoenix.nameserver"));
  await rm(home.log, { force: true });
  const argv = ["lxc-start", "-P", pool.path, "-n", String(ctid), "-o", home.log, "-l", "WARN"];
  const refused = await capture(argv, { signal: call.signal }).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  checkAbort(call.signal);
  // 0 says nothing: init may have ended at once (facts/lxc.md).
  if (refused === null && (await initRuns(pool, ctid))) return;
  if (refused instanceof Fault && refused.failure.reason === "UNSUPPORTED") throw refused;
  const log = ((await readIfThere(home.log)) ?? "").trim().split("\n");
  const errors = log.filter((row) => row.includes(" ERROR ")); // the first one is the cause, the others follow from it
  const said = (errors.length > 0 ? errors.slice(0, logLines) : log.slice(-logLines)).join("\n");
  throw new Fault(
    "BACKEND_FAILED",
    `container ${ctid} did not start, or its init ended at once; LXC says:\n${said}`,
    `See ${home.log}, or try: lxc-start -F -P ${pool.path} -n ${ctid}`,
  );
}

/** Driver.stop. */
export async function stop(pool: Pool, ctid: Ctid, how: How, call: Call): Promise<void> {
  const container = await changeable(pool, ctid, call.signal);
  if (how.how === "kill") return kill(pool, container, call.signal);
  if ((await stateOf(pool, ctid)) === "frozen") {
    call.note("it was frozen, and is thawed so that it can shut down");
    await unfreeze(pool, container.home);
  }
  const deadline = performance.now() + how.timeout_s * 1000;
  while ((await stateOf(pool, ctid)) !== "stopped") {
    const left = (deadline - performance.now()) / 1000;
    if (left <= 0)
      throw new Fault(
        "TIMEOUT",
        `container ${ctid} did not shut down within ${how.timeout_s} s`,
        `Wait, or kill it: phoenixctl stop ${ctid} --kill`,
      );
    const seconds = Math.max(1, Math.min(requestSeconds, Math.ceil(left)));
    // Its exit code says only that the container was not down in that time, or was down before.
    await capture(["lxc-stop", "-P", pool.path, "-n", String(ctid), "--nokill", "-t", String(seconds)], { signal: call.signal }).catch(
      ignoreTool,
    );
    checkAbort(call.signal);
  }
}

/** Kills a container at once; stopped already is done. Fault TIMEOUT when it does not go. */
export async function kill(pool: Pool, { home }: Pick<Found, "home">, signal: AbortSignal): Promise<void> {
  if ((await stateOf(pool, home.ctid)) === "stopped") return;
  await killInit(pool, home.ctid);
  await until(pool, home.ctid, killPatienceMs, signal);
}

/** Waits until a container is stopped. */
async function until(pool: Pool, ctid: Ctid, patienceMs: number, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while ((await stateOf(pool, ctid)) !== "stopped") {
    checkAbort(signal);
    if (performance.now() > deadline)
      throw new Fault("TIMEOUT", `container ${ctid} does not stop`, "See what its processes wait for: ps, dmesg.");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function initRuns(pool: Pool, ctid: Ctid): Promise<boolean> {
  const state = await stateOf(pool, ctid);
  if (state === "stopped" || state === "stopping") return false;
  const pid = await initPid(pool, ctid);
  const stat = pid === null ? "" : await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  return stat !== "" && !/\) [ZX] /.test(stat);
}

/** The name servers lie in a file that is mounted over the one inside: the rootfs belongs to the guest, and may have anything there. */
async function writeResolv(home: Home, nameservers: string | null): Promise<void> {
  if (nameservers !== null)
    await writeFile(
      home.resolv,
      nameservers
        .split(" ")
        .map((server) => `nameserver ${server}\n`)
        .join(""),
    );
}

/** What is thrown because a tool failed is no news where the state is read anyway; that there is no such tool is. */
function ignoreTool(thrown: unknown): void {
  if (!(thrown instanceof Fault) || thrown.failure.reason !== "BACKEND_FAILED") throw thrown;
}
