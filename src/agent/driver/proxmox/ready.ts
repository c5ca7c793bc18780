import type { Container, Ctid } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";
import type { Call } from "../driver.ts";
import { checkAbort } from "../process.ts";
import { pctFault } from "./errors.ts";
import type { Host } from "./host.ts";
import { look, missing, readConf } from "./observe.ts";
import { recover } from "./recover.ts";

/** `pct mount` leaves this one, and pct starts and stops such a container all the same. */
const harmless = "mounted";

/**
 * A container that is about to be changed, as it is when nothing of an earlier call is left in it. Faults: CONTAINER_MISSING, LOCKED
 * (unless the lock does not matter for what is to be done), abortFault.
 */
export async function readied(
  host: Host,
  ctid: Ctid,
  call: Pick<Call, "signal">,
  what: "power" | "configuration" = "configuration",
): Promise<Container> {
  checkAbort(call.signal);
  await recover(host, ctid);
  const container = await look(host, ctid);
  if (container.lock !== null && !(what === "power" && container.lock === harmless)) throw locked(container);
  return container;
}

function locked({ ctid, lock }: Container): Fault {
  const { failure } = pctFault(ctid, "", `CT is locked (${lock ?? ""})`, "");
  return new Fault(failure.reason, `container ${ctid} is locked by Proxmox (${lock ?? ""})`, failure.remedy);
}

/** Fault CONTAINER_MISSING when there is no such container on this node. */
export async function existing(host: Host, ctid: Ctid): Promise<void> {
  if ((await readConf(host, ctid)) === null) throw missing(ctid);
}
