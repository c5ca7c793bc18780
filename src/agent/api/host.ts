import { abilities } from "../../../proto/abilities.ts";
import { toTimestamp } from "../../../proto/index.ts";
import type { HostServiceHandlers } from "../../../proto/services.ts";
import { Fault } from "../domain/errors.ts";
import type { Adapter } from "./adapt.ts";
import { begin } from "./begin.ts";
import { toProblem } from "./convert-config.ts";
import { knownCtids, toContainer } from "./convert-container.ts";
import { toFinding } from "./convert-finding.ts";
import { events } from "./events.ts";
import { exec } from "./exec.ts";
import type { Parts } from "./parts.ts";
import { forced, roomy } from "./run-spec.ts";
import { ctidOrAll, demand } from "./validate.ts";

/** HostService: the host and its containers. */
export function host(parts: Parts, adapt: Adapter): HostServiceHandlers {
  const { unary, bidi } = adapt;
  const { info } = parts.host;
  const how = (kill: boolean) => (kill ? "kill" : "graceful");

  return {
    // Clients ask this first: it is answered also where the platform does not answer, so that doctor can say so.
    GetHost: unary(() => {
      const { manifest } = parts.keeper.current();
      return {
        hostname: info.hostname,
        version: info.version,
        driver: parts.driver.platform,
        manifest: manifest.file,
        manifest_hash: manifest.hash,
        problems: manifest.problems.map(toProblem),
        started_at: toTimestamp(info.started),
        active_runs: parts.journal.unfinished().length,
        abilities: Object.keys(abilities),
      };
    }),

    ListContainers: unary(async ({ ctid }) => {
      demand(ctidOrAll(ctid));
      const world = await parts.host.world();
      const all = knownCtids(world);
      if (ctid !== 0 && !all.includes(ctid)) {
        throw new Fault("CONTAINER_MISSING", `${ctid} is neither on this host nor in its manifest`, "phoenixctl ps shows what there is");
      }
      const wanted = ctid === 0 ? all : [ctid];
      const seen = { world, owner: parts.owners.ownerIn(world) };
      const detail = ctid === 0 ? "brief" : "full";
      return {
        containers: wanted.map((each) => toContainer(each, seen, parts.host.health(each), detail)),
        hostname: info.hostname,
        driver: parts.driver.platform,
        config_trouble: parts.keeper.trouble()?.text ?? "",
      };
    }),

    Examine: unary(async () => ({ findings: (await parts.doctor.examine()).map(toFinding) })),

    ...events(parts, adapt),

    Exec: bidi((requests, out) => exec(parts, requests, out)),

    StartContainer: unary((request) => begin(parts, request, { kind: "start", ...forced(request.force), ...roomy(request.make_room) })),

    StopContainer: unary((request) => begin(parts, request, { kind: "stop", how: how(request.kill), ...forced(request.force) })),

    RestartContainer: unary((request) => begin(parts, request, { kind: "restart", how: how(request.kill), ...forced(request.force) })),
  };
}
