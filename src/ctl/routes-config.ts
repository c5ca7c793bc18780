import { buildRouteMap } from "@stricli/core";
import { command } from "./command.ts";
import { files } from "./completion/words.ts";
import { aliases, globals, limit, pushFlags } from "./flags.ts";
import { configVersion } from "./parse.ts";

const folder = {
  parse: String,
  proposeCompletions: files,
  placeholder: "DIR",
  brief: "Folder laid out as on the host: etc/phoenix_lxc_configs.json, bin/, bin/lxc_setup/",
} as const;
const version = { parse: configVersion, placeholder: "VERSION", brief: "Number of a version" } as const;
const either = { parse: String, proposeCompletions: files, placeholder: "DIR|VERSION", brief: "A folder, or a version" } as const;

/** phoenixctl config … */
export const config = () =>
  buildRouteMap({
    routes: {
      check: command(
        async () => (await import("./commands/config-check.ts")).configCheck,
        { flags: globals, aliases, positional: { kind: "tuple", parameters: [{ ...folder, optional: true }] } },
        { brief: "Say what is wrong with a folder, or with what the host has; change nothing" },
      ),
      diff: command(
        async () => (await import("./commands/config-diff.ts")).configDiff,
        { flags: globals, aliases, positional: { kind: "tuple", parameters: [either, { ...version, parse: String, optional: true }] } },
        {
          brief: "Say what a folder or a version would change, containers first; or what differs between two versions",
          fullDescription: "Exit code 0: nothing differs. 7: something does. 6: it could not be pushed; every reason is printed.",
        },
      ),
      push: command(
        async () => (await import("./commands/config-push.ts")).configPush,
        { flags: { ...globals, ...pushFlags }, aliases: { ...aliases, m: "message" }, positional: { kind: "tuple", parameters: [folder] } },
        { brief: "Put a folder into force on the host, whole or not at all" },
      ),
      history: command(
        async () => (await import("./commands/config-history.ts")).configHistory,
        { flags: { ...globals, ...limit }, aliases },
        { brief: "List the versions, newest first" },
      ),
      revert: command(
        async () => (await import("./commands/config-push.ts")).configRevert,
        {
          flags: { ...globals, ...pushFlags },
          aliases: { ...aliases, m: "message" },
          positional: { kind: "tuple", parameters: [version] },
        },
        { brief: "Put what an older version had into force, as a new version" },
      ),
    },
    docs: { brief: "Manifest, scripts and features as one thing: check, diff, push, history, revert" },
  });
