import type { Ctid } from "../../domain/container.ts";
import { endCommands } from "../inside/commands.ts";
import type { Inside } from "../inside/inside.ts";
import type { Host } from "./host.ts";
import { recover } from "./recover.ts";

/** Driver.endLeftovers: commands inside and on the host, and what pct was cut off in. */
export async function endLeftovers(host: Host, inside: Inside, ctid: Ctid, run: string): Promise<void> {
  await endCommands(inside, run);
  await recover(host, ctid);
}
