import type { Ctid } from "../../domain/container.ts";

/** Where containers of LXC are reached, be they Proxmox's or our own: what is done inside of them is the same. */
export interface Inside {
  /** LXC's folder of containers; the command sockets are named by it. */
  readonly path: string;
  /** Where each command that is under way has a folder, and scripts lie while they run on the host. */
  readonly scripts: string;
  /** Throws Fault CONTAINER_MISSING when there is no such container. */
  readonly exists: (ctid: Ctid) => Promise<unknown>;
}
