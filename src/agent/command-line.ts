/** What can be said on the command line of phoenix-agent. Each command is loaded when it is called. */
import {
  ArgumentParseError,
  ArgumentScannerError,
  buildApplication,
  buildCommand,
  buildRouteMap,
  formatMessageForArgumentScannerError,
  text_en,
  type CommandContext,
} from "@stricli/core";
import { Fault } from "./domain/errors.ts";
import { roles, type Role } from "./domain/trust.ts";
import { version } from "./version.ts";

type Flags = { readonly config?: string };

type TokenFlags = Flags & {
  readonly role: Role;
  readonly name?: string;
  readonly address?: readonly string[];
  readonly minutes?: number;
};

const config = {
  config: {
    kind: "parsed",
    parse: String,
    optional: true,
    brief: "The settings file; PHOENIX_CONFIG names it too (default /etc/phoenix/agent.yaml)",
  },
} as const;

const settingsFile = ({ config: file }: Flags) => file ?? process.env["PHOENIX_CONFIG"] ?? "/etc/phoenix/agent.yaml";

/** Stays until it is told to end. */
const serve = buildCommand<Flags, [], CommandContext>({
  docs: { brief: "Serve this host (what it does without a command)" },
  parameters: { flags: config },
  loader: async () => {
    const [{ loadSettings }, { startAgent }] = await Promise.all([import("./config/settings.ts"), import("./agent.ts")]);
    return async (flags) => {
      const agent = await startAgent(loadSettings(settingsFile(flags)), process.env);
      await new Promise<void>((resolve) => {
        process.once("SIGTERM", resolve);
        process.once("SIGINT", resolve);
      });
      await agent.close();
      // Whatever a library still waits for: everything of ours is closed.
      process.exit(0);
    };
  },
});

const check = buildCommand<Flags & { readonly json?: boolean }, [], CommandContext>({
  docs: { brief: "Say what is wrong with the settings, the manifest, the script folders and the host; start nothing" },
  parameters: { flags: { ...config, json: { kind: "boolean", optional: true, withNegated: false, brief: "As one JSON object" } } },
  loader: async () => {
    const [{ loadSettings }, { checkReport }, { openScripts }, { manifestOf }, { hostRemarks }] = await Promise.all([
      import("./config/settings.ts"),
      import("./config/check.ts"),
      import("./config/scripts.ts"),
      import("./gather.ts"),
      import("./check-host.ts"),
    ]);
    return async (flags) => {
      const settings = loadSettings(settingsFile(flags));
      const manifest = manifestOf(settings);
      const onHost = await hostRemarks(settings, manifest);
      const report = checkReport(settings, manifest, openScripts(settings.scripts, settings.features).read(), onHost);
      if (flags.json === true) console.log(JSON.stringify(report.record, null, 2));
      else for (const line of report.lines) console.log(line);
      process.exitCode = report.errors > 0 ? 1 : 0;
    };
  },
});

const setup = buildCommand<Flags & { readonly write?: boolean }, [], CommandContext>({
  docs: {
    brief: "Look at this host and propose settings for it",
    fullDescription:
      "Prints agent.yaml with what was found: Proxmox, or plain LXC, and the manifest and scripts of phoenix_orchestrator.sh.",
  },
  parameters: {
    flags: { ...config, write: { kind: "boolean", optional: true, withNegated: false, brief: "Write it, unless there is one already" } },
  },
  loader: async () => {
    const { setup: work } = await import("./commands/setup.ts");
    return (flags) => work(settingsFile(flags), flags.write === true ? "write" : "print");
  },
});

const backup = buildCommand<Flags, [file: string], CommandContext>({
  docs: { brief: "Copy the agent's database into a file, whole and consistent, also while the agent runs" },
  parameters: {
    flags: config,
    positional: { kind: "tuple", parameters: [{ parse: String, placeholder: "FILE", brief: "The copy; it must not be there yet" }] },
  },
  loader: async () => {
    const { backup: work } = await import("./commands/backup.ts");
    return (flags, file) => work(settingsFile(flags), file);
  },
});

const restore = buildCommand<Flags, [file: string], CommandContext>({
  docs: { brief: "Put a copy of the database in place of the one that is there, which is kept beside it; the agent must be stopped" },
  parameters: {
    flags: config,
    positional: { kind: "tuple", parameters: [{ parse: String, placeholder: "FILE", brief: "The copy" }] },
  },
  loader: async () => {
    const { restore: work } = await import("./commands/backup.ts");
    return (flags, file) => work(settingsFile(flags), file);
  },
});

const notifyTest = buildCommand<Flags, [], CommandContext>({
  docs: { brief: "Send a test notification to notify.url, as the agent would, and say whether it has arrived" },
  parameters: { flags: config },
  loader: async () => {
    const { notifyTest: work } = await import("./commands/notify.ts");
    return (flags) => work(settingsFile(flags));
  },
});

const notify = buildRouteMap({ routes: { test: notifyTest }, docs: { brief: "Notifications of runs that have ended: test" } });

const supportBundle = buildCommand<Flags, [file?: string], CommandContext>({
  docs: {
    brief: "Gather what somebody needs who is to help, without secrets, into one file",
    fullDescription:
      "Settings, manifest, versions, what check and doctor say, the platform, the last runs with their steps, events, the log, and statistics of the database. Works whether or not the agent runs. Says what is in the file and where it is; only its owner can read it.",
  },
  parameters: {
    flags: config,
    positional: {
      kind: "tuple",
      parameters: [
        {
          parse: String,
          optional: true,
          placeholder: "FILE",
          brief: "The archive, a .tar.gz; it must not be there yet (phoenix-support-HOST-TIME.tar.gz)",
        },
      ],
    },
  },
  loader: async () => {
    const { supportBundle: work } = await import("./commands/support.ts");
    return (flags, file) => work(settingsFile(flags), file);
  },
});

const support = buildRouteMap({ routes: { bundle: supportBundle }, docs: { brief: "For whoever helps you: bundle" } });

const tokenCreate = buildCommand<TokenFlags, [], CommandContext>({
  docs: {
    brief: "Make a token that lets one workstation join this host",
    fullDescription:
      "Prints the token on standard output. On the workstation: phoenixctl host add NAME TOKEN. It can be used once, within 15 minutes.",
  },
  parameters: {
    flags: {
      ...config,
      role: { kind: "enum", values: roles, brief: "reader looks, operator changes containers, admin changes who is trusted as well" },
      name: {
        kind: "parsed",
        parse: String,
        optional: true,
        brief: "The name of its certificate; a certificate that has this name already is revoked when the token is used",
      },
      address: {
        kind: "parsed",
        parse: String,
        optional: true,
        variadic: true,
        brief: "host:port where the workstation reaches this host, when it is not one of the addresses that it has; may be repeated",
      },
      minutes: { kind: "parsed", parse: minutes, optional: true, brief: "For how long it is good, 1 to 1440 (15)" },
    },
  },
  loader: async () => {
    const [{ loadSettings }, { createToken }] = await Promise.all([import("./config/settings.ts"), import("./token-commands.ts")]);
    return (flags) => {
      const asked = { role: flags.role, name: flags.name ?? "", addresses: flags.address ?? [], for_s: (flags.minutes ?? 0) * 60 };
      return createToken(loadSettings(settingsFile(flags)).socket, asked, console.log, console.error);
    };
  },
});

const tokenList = buildCommand<Flags, [], CommandContext>({
  docs: { brief: "List the tokens that nobody has used yet" },
  parameters: { flags: config },
  loader: async () => {
    const [{ loadSettings }, { listTokens }] = await Promise.all([import("./config/settings.ts"), import("./token-commands.ts")]);
    return (flags) => listTokens(loadSettings(settingsFile(flags)).socket, console.log);
  },
});

const tokenRevoke = buildCommand<Flags, [string], CommandContext>({
  docs: { brief: "Take a token back" },
  parameters: {
    flags: config,
    positional: { kind: "tuple", parameters: [{ parse: String, placeholder: "ID", brief: "Its id, as token list shows it" }] },
  },
  loader: async () => {
    const [{ loadSettings }, { revokeToken }] = await Promise.all([import("./config/settings.ts"), import("./token-commands.ts")]);
    return (flags, id) => revokeToken(loadSettings(settingsFile(flags)).socket, id, console.log);
  },
});

const token = buildRouteMap({
  routes: { create: tokenCreate, list: tokenList, revoke: tokenRevoke },
  docs: { brief: "Tokens with which workstations join this host: create, list, revoke" },
});

function minutes(input: string): number {
  if (!/^\d{1,4}$/.test(input) || Number(input) < 1 || Number(input) > 1440) throw new Error(`${input}: expected minutes, 1 to 1440`);
  return Number(input);
}

const versionCommand = buildCommand<Record<never, never>, [], CommandContext>({
  docs: { brief: "Print the version" },
  parameters: {},
  func: () => console.log(version),
});

const routes = buildRouteMap({
  routes: { serve, check, setup, backup, restore, notify, support, token, version: versionCommand },
  defaultCommand: "serve",
  docs: { brief: "The agent of a host: restores, provisions and snapshots its containers" },
});

/** What went wrong, a line each, and what to do; never a stack trace. */
function complaint(error: unknown): string {
  const lines =
    error instanceof Fault
      ? [...error.message.split("\n"), error.failure.remedy]
      : [error instanceof Error ? error.message : String(error)];
  return lines
    .filter((line) => line !== "")
    .map((line) => `phoenix-agent: ${line}`)
    .join("\n");
}

/** A word too much is most often a command that there is not: without one it serves, and would take none. */
function badArguments(error: unknown): string {
  if (error instanceof ArgumentParseError) return complaint(error.exception);
  if (!(error instanceof ArgumentScannerError)) return complaint(error);
  const said = formatMessageForArgumentScannerError(error, {
    EnumValidationError: ({ externalFlagName, input, values }) => `--${externalFlagName} ${input}: expected one of ${values.join(", ")}`,
    FlagNotFoundError: ({ input }) => `there is no flag --${input}; add --help to see the flags`,
    UnsatisfiedFlagError: ({ externalFlagName }) => `--${externalFlagName} is missing, or has no value; add --help to see the flags`,
    UnsatisfiedPositionalError: ({ placeholder }) => `${placeholder} is missing; add --help to see what is expected`,
    UnexpectedPositionalError: ({ input }) => `${input} is no command, and not expected here; see: phoenix-agent --help`,
  });
  return `phoenix-agent: ${said}`;
}

/** All commands. */
export const application = buildApplication(routes, {
  name: "phoenix-agent",
  versionInfo: { currentVersion: version },
  scanner: { caseStyle: "allow-kebab-for-camel" },
  localization: {
    text: {
      ...text_en,
      exceptionWhileParsingArguments: badArguments,
      exceptionWhileRunningCommand: complaint,
      exceptionWhileLoadingCommandFunction: complaint,
    },
  },
});
