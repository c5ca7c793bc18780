import { buildRouteMap } from "@stricli/core";
import { command } from "./command.ts";
import { aliases, force, globals, leaseFlags, oneCtid } from "./flags.ts";

const container = { kind: "tuple", parameters: [oneCtid] } as const;

/** phoenixctl gpu … */
export const gpu = buildRouteMap({
  routes: {
    lease: command(
      async () => (await import("./commands/gpu-lease.ts")).gpuLease,
      { flags: { ...globals, ...leaseFlags }, aliases, positional: container },
      {
        brief: "Keep a container with a GPU from being stopped for a while; again: move the end",
        fullDescription:
          "Nothing automatic stops it until then, and whoever wants it down has to say --force. The lease is yours by your login name.",
      },
    ),
    release: command(
      async () => (await import("./commands/gpu-lease.ts")).gpuRelease,
      { flags: { ...globals, ...force }, aliases, positional: container },
      { brief: "End a lease before its time; somebody else's with --force" },
    ),
  },
  docs: { brief: "GPUs: lease, release" },
});
