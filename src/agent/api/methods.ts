/** What a call does: "begin" makes something happen on the host and is refused while the agent is ending; "read" never is. */
export type Effect = "read" | "begin";

/** Every method that is served. CancelRun begins nothing, and is wanted most when the agent waits for a run to end. */
export const effects: Readonly<Record<string, Effect>> = {
  "/phoenix.v1.OrchestrationService/PlanRun": "read",
  "/phoenix.v1.OrchestrationService/StartRun": "begin",
  "/phoenix.v1.OrchestrationService/GetRun": "read",
  "/phoenix.v1.OrchestrationService/ListRuns": "read",
  "/phoenix.v1.OrchestrationService/WatchRun": "read",
  "/phoenix.v1.OrchestrationService/CancelRun": "read",
  "/phoenix.v1.SnapshotService/ListSnapshots": "read",
  "/phoenix.v1.SnapshotService/CreateSnapshot": "begin",
  "/phoenix.v1.SnapshotService/RestoreSnapshot": "begin",
  "/phoenix.v1.SnapshotService/DeleteSnapshot": "begin",
  "/phoenix.v1.HostService/GetHost": "read",
  "/phoenix.v1.HostService/ListContainers": "read",
  "/phoenix.v1.HostService/Exec": "begin",
  "/phoenix.v1.HostService/StartContainer": "begin",
  "/phoenix.v1.HostService/StopContainer": "begin",
  "/phoenix.v1.HostService/RestartContainer": "begin",
  "/phoenix.v1.BootService/PlanBoot": "read",
  "/phoenix.v1.BootService/StartBoot": "begin",
  "/phoenix.v1.BootService/GetBoot": "read",
  "/phoenix.v1.BootService/PlanShutdown": "read",
  "/phoenix.v1.BootService/StartShutdown": "begin",
  "/phoenix.v1.GpuService/Lease": "begin",
  "/phoenix.v1.GpuService/Release": "begin",
  "/grpc.health.v1.Health/Check": "read",
  "/grpc.health.v1.Health/List": "read",
  "/grpc.health.v1.Health/Watch": "read",
  "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo": "read",
  "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": "read",
};
