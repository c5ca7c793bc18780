import { join } from "node:path";
import { usualLimits } from "./limits.ts";
import type { Network } from "./network.ts";
import type { Clock } from "../domain/clock.ts";
import type { Log } from "../domain/log.ts";
import type { TrustBook } from "../domain/trust.ts";

/** What the network needs; null when nothing is to be listened on, and then nothing of it is loaded. Throws Fault STORE. */
export async function openNetwork(
  settings: { readonly listen: string | null; readonly state_dir: string },
  hostname: string,
  book: TrustBook,
  clock: Clock,
  log: Log,
): Promise<Network | null> {
  const { listen, state_dir } = settings;
  if (listen === null) return null;
  const [{ openKeyring }, { createMembers }] = await Promise.all([import("../trust/keyring.ts"), import("../trust/members.ts")]);
  const keyring = await openKeyring({ folder: join(state_dir, "trust"), hostname, clock, log });
  return { listen, keyring, members: createMembers({ book, keyring, clock, log }), limits: usualLimits };
}
