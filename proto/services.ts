// The generated types of the services: what a server implements (XHandlers), what a client calls (XClient).
export type { BootServiceClient, BootServiceHandlers } from "./gen/phoenix/v1/BootService.ts";
export type { ConfigServiceClient, ConfigServiceHandlers } from "./gen/phoenix/v1/ConfigService.ts";
export type { GpuServiceClient, GpuServiceHandlers } from "./gen/phoenix/v1/GpuService.ts";
export type { HealthClient, HealthHandlers } from "./gen/grpc/health/v1/Health.ts";
export type { ServerReflectionHandlers } from "./gen/grpc/reflection/v1/ServerReflection.ts";
export type { HostServiceClient, HostServiceHandlers } from "./gen/phoenix/v1/HostService.ts";
export type { OrchestrationServiceClient, OrchestrationServiceHandlers } from "./gen/phoenix/v1/OrchestrationService.ts";
export type { SnapshotServiceClient, SnapshotServiceHandlers } from "./gen/phoenix/v1/SnapshotService.ts";
export type { TrustServiceClient, TrustServiceHandlers } from "./gen/phoenix/v1/TrustService.ts";
export type { ServerReflectionRequest__Output } from "./gen/grpc/reflection/v1/ServerReflectionRequest.ts";
export type { ServerReflectionResponse } from "./gen/grpc/reflection/v1/ServerReflectionResponse.ts";
