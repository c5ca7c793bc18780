import { buildRouteMap } from "@stricli/core";
import { command } from "./command.ts";
import { deleteGroup, hostTimeout, joinAs, local, localAliases as aliases, socket, unset } from "./flags.ts";
import { hostNames, maybeHost, maybeToken, newHost, oneHost } from "./positionals.ts";

/** phoenixctl host … */
export const host = () =>
  buildRouteMap({
    routes: {
      list: command(
        async () => (await import("./commands/host-list.ts")).hostList,
        { flags: local, aliases },
        { brief: "List the hosts that this client knows, with their groups" },
      ),
      info: command(
        async () => (await import("./commands/host-info.ts")).hostInfo,
        { flags: { ...local, ...hostTimeout }, aliases, positional: { kind: "tuple", parameters: [oneHost] } },
        { brief: "Say what this client knows of a host, and what the host tells of itself" },
      ),
      add: command(
        async () => (await import("./commands/host-change.ts")).hostAdd,
        { flags: { ...local, ...socket, ...joinAs }, aliases, positional: { kind: "tuple", parameters: [newHost, maybeToken] } },
        {
          brief: "Make a host known, with a token from it; or by --socket PATH when its agent is on this machine",
          customUsage: ["NAME TOKEN", "NAME --socket PATH"],
          fullDescription: [
            "On the host: phoenix-agent token create --role reader|operator|admin. The token carries where the agent is and how it is recognised, and is",
            "good once, for 15 minutes. The key is made here and stays here; the certificate holds for 90 days and is renewed by itself.",
          ].join("\n"),
        },
      ),
      remove: command(
        async () => (await import("./commands/host-change.ts")).hostRemove,
        { flags: local, aliases, positional: { kind: "tuple", parameters: [oneHost] } },
        { brief: "Forget a host, and take away what it was reached with; the host itself is left alone" },
      ),
      rename: command(
        async () => (await import("./commands/host-change.ts")).hostRename,
        { flags: local, aliases, positional: { kind: "tuple", parameters: [oneHost, { ...newHost, placeholder: "NEW-NAME" }] } },
        { brief: "Call a host by another name" },
      ),
      group: command(
        async () => (await import("./commands/host-change.ts")).hostGroup,
        { flags: { ...local, ...deleteGroup }, aliases, positional: hostNames },
        { brief: "List groups, or make one of exactly these hosts", customUsage: ["", "NAME HOST...", "NAME --delete"] },
      ),
      default: command(
        async () => (await import("./commands/host-change.ts")).hostDefault,
        { flags: { ...local, ...unset }, aliases, positional: { kind: "tuple", parameters: [maybeHost] } },
        { brief: "Say or set the host or group that is meant when none is named" },
      ),
    },
    docs: { brief: "Hosts that this client knows: list, info, add, remove, rename, group, default" },
  });
