import { commandReference } from "./cli.ts";
import { grpcReference } from "./grpc.ts";
import { eventTable, manifestTable, reasonTable, settingTable } from "./tables.ts";

/** What writes these pages. */
export const writer = "npm run docs";

/** The pages that follow from the code, by their paths. */
export function pages(): ReadonlyMap<string, string> {
  return new Map([
    [
      "docs/reference/settings.md",
      page(
        "Settings",
        "`/etc/phoenix/agent.yaml`, the agent's own. `runs.max_parallel` is `max_parallel` under `runs`; `[]` stands for every item of a list. What is not in here is an error.",
        "`phoenix-agent setup` proposes settings for a host, `phoenix-agent check` says what is wrong with them. They are read when the agent starts.",
        settingTable(),
      ),
    ],
    [
      "docs/reference/manifest.md",
      page(
        "Manifest",
        'The file that says which containers there are: `{"lxc_configs": {"950": {…}, …}}`. Below are the keys of a container; `[]` stands for every item of a list. Other keys, beside `lxc_configs` too, are kept as they are, and the application script can read them; one that is a slip away from a key that is not given gets a warning.',
        "A number in quotes is taken for the number, with a warning. An error stops the container that it concerns, and no other. `phoenix-agent check` and `phoenixctl config check` print all of them with their lines.",
        manifestTable(),
      ),
    ],
    ["docs/reference/cli.md", page("Command lines", commandReference())],
    [
      "docs/reference/grpc.md",
      page(
        "gRPC",
        "Package `phoenix.v1`, in `proto/`. The agent serves it on its socket and, where `listen` is set, by mutual TLS, with `grpc.health.v1` and reflection beside it. Protos only grow.",
        "An error carries `google.rpc.ErrorInfo` with a reason of [this list](errors.md), `PreconditionFailure` with every blocker and its remedy, and `RetryInfo` where a later try may help.",
        grpcReference(),
      ),
    ],
    [
      "docs/reference/errors.md",
      page(
        "Errors by their reason",
        "Every error of an agent has one of these reasons. `-o json` prints it, and gRPC carries it in `google.rpc.ErrorInfo`. The error itself says more, and mostly what to do in its very case; here is what holds in general. By what you see instead: [when something is wrong](../troubleshooting.md).",
        reasonTable(),
      ),
    ],
    [
      "docs/reference/events.md",
      page("Events", "What `phoenixctl events` lists and `HostService.WatchEvents` streams, by kind.", eventTable()),
    ],
  ]);
}

function page(title: string, ...paragraphs: readonly string[]): string {
  return `${[`<!-- Made from the code by ${writer}; change that, and not this. -->`, `# ${title}`, ...paragraphs].join("\n\n")}\n`;
}
