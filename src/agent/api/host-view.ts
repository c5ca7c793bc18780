import type { Configuration } from "../config/versions/judge.ts";
import type { Ctid } from "../domain/container.ts";
import type { World } from "../plan/world.ts";

/** What is known of a container's health: what its last health check said, for the time that it has been running. */
export type HealthVerdict = "unknown" | "healthy" | "unhealthy";

/** What the API has to see of the host, besides runs. */
export interface HostView {
  readonly info: {
    readonly hostname: string;
    /** The agent's version. */
    readonly version: string;
    /** When the agent was started, milliseconds since 1970. */
    readonly started: number;
  };
  /** What is wanted and what is there, seen now; or what would be wanted with another configuration. */
  world(configuration?: Configuration): Promise<World>;
  health(ctid: Ctid): HealthVerdict;
}
