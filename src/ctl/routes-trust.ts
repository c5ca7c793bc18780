import { buildRouteMap } from "@stricli/core";
import { command } from "./command.ts";
import { aliases, auditFlags, distrust, ended, globals, known, limit } from "./flags.ts";

const subject = { parse: String, placeholder: "NAME", brief: "A name, or the first 8 characters or more of a fingerprint" } as const;

/** phoenixctl trust … */
export const trust = () =>
  buildRouteMap({
    routes: {
      list: command(
        async () => (await import("./commands/trust.ts")).trustList,
        { flags: { ...globals, ...ended }, aliases },
        { brief: "List who may use the host over the network, and its authorities" },
      ),
      revoke: command(
        async () => (await import("./commands/trust.ts")).trustRevoke,
        { flags: globals, aliases, positional: { kind: "tuple", parameters: [subject] } },
        { brief: "Take certificates back; it holds from the next call on, and calls that are open are ended" },
      ),
      rotate: command(
        async () => (await import("./commands/trust.ts")).trustRotate,
        { flags: { ...globals, ...distrust }, aliases },
        {
          brief: "Make a new authority; the old one is trusted until all that it has signed has ended",
          fullDescription: "With --distrust, because somebody else may have its key: nothing that it has signed is good any more.",
        },
      ),
    },
    docs: { brief: "Who may use a host over the network: list, revoke, rotate" },
  });

/** phoenixctl audit … */
export const audit = () =>
  buildRouteMap({
    routes: {
      list: command(
        async () => (await import("./commands/audit.ts")).auditList,
        { flags: { ...globals, ...limit, ...auditFlags }, aliases },
        { brief: "List what was done and what was refused, by whom, newest first" },
      ),
      verify: command(
        async () => (await import("./commands/audit.ts")).auditVerify,
        { flags: { ...globals, ...known }, aliases },
        {
          brief: "Look whether a row was changed, removed or moved; ends with 1 when one was",
          fullDescription:
            "Prints a mark to keep on another machine: with --known MARK also a past that was written anew as a whole is found.",
        },
      ),
    },
    defaultCommand: "list",
    docs: { brief: "What was done and refused on a host: list, verify" },
  });
