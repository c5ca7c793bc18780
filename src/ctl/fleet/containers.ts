import type { Container__Output as Container, ListContainersResponse__Output as Listed } from "../../../proto/types.ts";
import { ask, type Host } from "./host.ts";
import { remember, type KnownContainer } from "./memory.ts";

/** The containers of a host; what is worth it is remembered. Throws Trouble. */
export async function containersOf(env: NodeJS.ProcessEnv, host: Host): Promise<Listed> {
  const answer = await ask(host, host.services.host.ListContainers, {});
  await remember(env, host.place, { containers: answer.containers.map(known) });
  return answer;
}

/** As much of a container as is worth remembering. */
export function known({ ctid, name, state, snapshots }: Container): KnownContainer {
  return { ctid, name, exists: state !== "CONTAINER_STATE_ABSENT", snapshots: snapshots.map((snapshot) => snapshot.name) };
}
