import { readDefinitions, type Codec, type Definitions } from "./definitions.ts";
import type { ErrorInfo, ErrorInfo__Output } from "./gen/google/rpc/ErrorInfo.ts";
import type { PreconditionFailure, PreconditionFailure__Output } from "./gen/google/rpc/PreconditionFailure.ts";
import type { RetryInfo, RetryInfo__Output } from "./gen/google/rpc/RetryInfo.ts";
import type { Status, Status__Output } from "./gen/google/rpc/Status.ts";
import type { BootServiceDefinition } from "./gen/phoenix/v1/BootService.ts";
import type { ConfigServiceDefinition } from "./gen/phoenix/v1/ConfigService.ts";
import type { GpuServiceDefinition } from "./gen/phoenix/v1/GpuService.ts";
import type { HealthDefinition } from "./gen/grpc/health/v1/Health.ts";
import type { ServerReflectionDefinition } from "./gen/grpc/reflection/v1/ServerReflection.ts";
import type { HostServiceDefinition } from "./gen/phoenix/v1/HostService.ts";
import type { OrchestrationServiceDefinition } from "./gen/phoenix/v1/OrchestrationService.ts";
import type { SnapshotServiceDefinition } from "./gen/phoenix/v1/SnapshotService.ts";
import type { TrustServiceDefinition } from "./gen/phoenix/v1/TrustService.ts";
import { rootJson } from "./gen/root.ts";

export type * from "./types.ts";
export type { Timestamp, Timestamp__Output } from "./gen/google/protobuf/Timestamp.ts";
export { decodeError, encodeError, type ErrorReport } from "./error.ts";
export { fromTimestamp, toTimestamp } from "./time.ts";
export { readToken, tokenText, type JoinToken } from "./token.ts";

/** Everything that agent and client say to each other, ready for grpc-js. */
export interface Contract {
  readonly services: {
    readonly orchestration: OrchestrationServiceDefinition;
    readonly snapshot: SnapshotServiceDefinition;
    readonly host: HostServiceDefinition;
    readonly boot: BootServiceDefinition;
    readonly gpu: GpuServiceDefinition;
    readonly trust: TrustServiceDefinition;
    readonly config: ConfigServiceDefinition;
    readonly health: HealthDefinition;
    readonly reflection: ServerReflectionDefinition;
  };
  /** What errors carry. */
  readonly details: {
    readonly status: Codec<Status, Status__Output>;
    readonly info: Codec<ErrorInfo, ErrorInfo__Output>;
    readonly precondition: Codec<PreconditionFailure, PreconditionFailure__Output>;
    readonly retry: Codec<RetryInfo, RetryInfo__Output>;
  };
  /** A request of the method at this path as it may be shown to others: without its secrets. */
  readonly describe: (path: string, request: object) => object;
  /** The fields that a request of the method at this path sends, as MESSAGE.FIELD. */
  readonly fields: (path: string, request: object) => readonly string[];
}

let contract: Promise<Contract> | null = null;

/** The contract. Made on the first call, since protobufjs costs a client more time than anything else at its start. */
export function loadContract(): Promise<Contract> {
  contract ??= makeContract();
  return contract;
}

async function makeContract(): Promise<Contract> {
  return contractOf(await readDefinitions(rootJson));
}

/** The contract by its definitions, this one's or those of another version. */
export function contractOf({ service, message, describe, fields }: Definitions): Contract {
  // The compiler can't know what is in it; the types were made from the same files.
  const definition = <T>(name: string) => service(name) as T;
  return {
    services: {
      orchestration: definition("phoenix.v1.OrchestrationService"),
      snapshot: definition("phoenix.v1.SnapshotService"),
      host: definition("phoenix.v1.HostService"),
      boot: definition("phoenix.v1.BootService"),
      gpu: definition("phoenix.v1.GpuService"),
      trust: definition("phoenix.v1.TrustService"),
      config: definition("phoenix.v1.ConfigService"),
      health: definition("grpc.health.v1.Health"),
      reflection: definition("grpc.reflection.v1.ServerReflection"),
    },
    details: {
      status: message("google.rpc.Status"),
      info: message("google.rpc.ErrorInfo"),
      precondition: message("google.rpc.PreconditionFailure"),
      retry: message("google.rpc.RetryInfo"),
    },
    describe,
    fields,
  };
}
