import type { Role } from "../domain/trust.ts";

/**
 * What a call does: "begin" makes something happen on the host and is refused while the agent is ending; "change" changes
 * something and is wanted even then; "read" changes nothing. What is no "read" is audited.
 */
export type Effect = "read" | "change" | "begin";

/** What a method does, and the least role that may call it; "anyone" needs no certificate. */
export interface Method {
  readonly effect: Effect;
  readonly role: Role | "anyone";
}

/** Every method that is served. One that is missing here is refused to everybody. */
export const methods: Readonly<Record<string, Method>> = {
  "/phoenix.v1.OrchestrationService/PlanRun": { effect: "read", role: "reader" },
  "/phoenix.v1.OrchestrationService/StartRun": { effect: "begin", role: "operator" },
  "/phoenix.v1.OrchestrationService/GetRun": { effect: "read", role: "reader" },
  "/phoenix.v1.OrchestrationService/ListRuns": { effect: "read", role: "reader" },
  "/phoenix.v1.OrchestrationService/WatchRun": { effect: "read", role: "reader" },
  "/phoenix.v1.OrchestrationService/CancelRun": { effect: "change", role: "operator" },
  "/phoenix.v1.SnapshotService/ListSnapshots": { effect: "read", role: "reader" },
  "/phoenix.v1.SnapshotService/CreateSnapshot": { effect: "begin", role: "operator" },
  "/phoenix.v1.SnapshotService/RestoreSnapshot": { effect: "begin", role: "operator" },
  "/phoenix.v1.SnapshotService/DeleteSnapshot": { effect: "begin", role: "operator" },
  // The names of the files in a container are more than its state.
  "/phoenix.v1.SnapshotService/DiffSnapshot": { effect: "read", role: "operator" },
  "/phoenix.v1.SnapshotService/ProtectSnapshot": { effect: "begin", role: "operator" },
  "/phoenix.v1.SnapshotService/UnprotectSnapshot": { effect: "begin", role: "operator" },
  "/phoenix.v1.SnapshotService/ListSnapshotSchedules": { effect: "read", role: "reader" },
  "/phoenix.v1.SnapshotService/RunSnapshotSchedule": { effect: "begin", role: "operator" },
  "/phoenix.v1.HostService/GetHost": { effect: "read", role: "reader" },
  "/phoenix.v1.HostService/ListContainers": { effect: "read", role: "reader" },
  "/phoenix.v1.HostService/Exec": { effect: "begin", role: "operator" },
  "/phoenix.v1.HostService/StartContainer": { effect: "begin", role: "operator" },
  "/phoenix.v1.HostService/StopContainer": { effect: "begin", role: "operator" },
  "/phoenix.v1.HostService/RestartContainer": { effect: "begin", role: "operator" },
  "/phoenix.v1.HostService/Examine": { effect: "read", role: "reader" },
  "/phoenix.v1.HostService/ListEvents": { effect: "read", role: "reader" },
  "/phoenix.v1.HostService/WatchEvents": { effect: "read", role: "reader" },
  "/phoenix.v1.BootService/PlanBoot": { effect: "read", role: "reader" },
  "/phoenix.v1.BootService/StartBoot": { effect: "begin", role: "operator" },
  "/phoenix.v1.BootService/GetBoot": { effect: "read", role: "reader" },
  "/phoenix.v1.BootService/PlanShutdown": { effect: "read", role: "reader" },
  "/phoenix.v1.BootService/StartShutdown": { effect: "begin", role: "operator" },
  "/phoenix.v1.BootService/PlanBootApply": { effect: "read", role: "reader" },
  "/phoenix.v1.BootService/StartBootApply": { effect: "begin", role: "operator" },
  "/phoenix.v1.BootService/GetBootOwner": { effect: "read", role: "reader" },
  "/phoenix.v1.BootService/SetBootOwner": { effect: "begin", role: "admin" },
  "/phoenix.v1.GpuService/Lease": { effect: "begin", role: "operator" },
  "/phoenix.v1.GpuService/Release": { effect: "begin", role: "operator" },
  "/phoenix.v1.GpuService/ListGpus": { effect: "read", role: "reader" },
  "/phoenix.v1.GpuService/PlanGpuShutdown": { effect: "read", role: "reader" },
  "/phoenix.v1.GpuService/StartGpuShutdown": { effect: "begin", role: "operator" },
  "/phoenix.v1.GpuService/ListGpuSchedules": { effect: "read", role: "reader" },
  "/phoenix.v1.GpuService/ListGpuFirings": { effect: "read", role: "reader" },
  "/phoenix.v1.GpuService/RunGpuSchedule": { effect: "begin", role: "operator" },
  "/phoenix.v1.GpuService/PauseGpuSchedule": { effect: "begin", role: "operator" },
  "/phoenix.v1.GpuService/ResumeGpuSchedule": { effect: "begin", role: "operator" },
  "/phoenix.v1.TrustService/Join": { effect: "begin", role: "anyone" },
  "/phoenix.v1.TrustService/Renew": { effect: "change", role: "reader" },
  "/phoenix.v1.TrustService/CreateToken": { effect: "begin", role: "admin" },
  "/phoenix.v1.TrustService/ListTokens": { effect: "read", role: "admin" },
  "/phoenix.v1.TrustService/RevokeToken": { effect: "change", role: "admin" },
  "/phoenix.v1.TrustService/ListTrust": { effect: "read", role: "admin" },
  "/phoenix.v1.TrustService/RevokeTrust": { effect: "change", role: "admin" },
  "/phoenix.v1.TrustService/RotateAuthority": { effect: "change", role: "admin" },
  "/phoenix.v1.ConfigService/GetConfig": { effect: "read", role: "reader" },
  "/phoenix.v1.ConfigService/CheckConfig": { effect: "read", role: "operator" },
  "/phoenix.v1.ConfigService/PushConfig": { effect: "begin", role: "admin" },
  "/phoenix.v1.ConfigService/ListConfigVersions": { effect: "read", role: "reader" },
  "/phoenix.v1.ConfigService/CompareConfig": { effect: "read", role: "operator" },
  "/phoenix.v1.ConfigService/RevertConfig": { effect: "begin", role: "admin" },
  "/phoenix.v1.TrustService/ListAudit": { effect: "read", role: "admin" },
  "/phoenix.v1.TrustService/VerifyAudit": { effect: "read", role: "admin" },
  "/grpc.health.v1.Health/Check": { effect: "read", role: "reader" },
  "/grpc.health.v1.Health/List": { effect: "read", role: "reader" },
  "/grpc.health.v1.Health/Watch": { effect: "read", role: "reader" },
  "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo": { effect: "read", role: "reader" },
  "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": { effect: "read", role: "reader" },
};
