import { arranged } from "../../src/ctl/argv.ts";
import { phoenixctl } from "./support/in-process.ts";

const nowhere = { socket: "/nonexistent/phoenix.sock" };

test.each([
  [["letsgo", "abc"], "abc is not a CTID: expected a number from 100 to 999999999"],
  [["letsgo", "-1"], "-1 is not a CTID: expected a number from 100 to 999999999"],
  [["letsgo", "0"], "0 is not a CTID: expected a number from 100 to 999999999"],
  [["letsgo", "1000000000"], "1000000000 is not a CTID: expected a number from 100 to 999999999"],
  [["letsg", "950"], "there is no command letsg; did you mean letsgo? All of them: phoenixctl --help"],
  [["snapshot", "lst"], "there is no command lst; did you mean list? All of them: phoenixctl --help"],
  [["letsgo", "950", "--dry-rum"], "there is no flag --dry-rum; did you mean --dry-run?"],
  [["ps", "--outptu", "json"], "there is no flag --outptu; did you mean --output?"],
  [["orche", "950"], "there is no command orche; did you mean orchestrate? All of them: phoenixctl --help"],
  [["950"], "there is no command 950; see: phoenixctl --help"],
  [["events", "--last", "3"], "there is no flag --last; add --help to see the flags"],
  [["events", "--since", "today"], "there is no flag --since; add --help to see the flags"],
  [["gpu", "lease", "950"], "--for is missing, or has no value; add --help to see the flags"],
  [["ps", "--json", "-o", "yaml"], "--json and --output yaml: expected one of them"],
  [["ps", "-o", "xml"], "--output xml: expected one of table, json, ndjson, yaml"],
  [["ps", "950"], "950 is too much: expected no arguments; add --help to see them"],
  [["show"], "CTID is missing; add --help to see what is expected"],
  [["letsgo"], "letsgo of which container? Give one or more CTIDs.\n  for example   phoenixctl letsgo 950"],
  [["orchestrate", "--all", "950"], "--all is every container of the manifest: leave out 950, or --all."],
  [["plan", "letsgo", "x"], "x is not a CTID: expected a number from 100 to 999999999"],
  [
    ["plan", "lestgo", "950"],
    "a plan of what? Expected one of orchestrate, reconfigure, letsgo, snapshot, restore, delete, start, stop, restart, not lestgo.\n  for example   phoenixctl plan letsgo 950",
  ],
  [
    ["snapshot", "create", "950", "a b"],
    '"a b" can\'t be the name of a snapshot: expected 2 to 40 letters, digits, _ or -, a letter first, and not current or vzdump',
  ],
  [["run", "show", "x"], "x is not a run: expected its id, or at least 4 characters of its end or beginning; see: phoenixctl run list"],
  [["exec", "950", "--env", "A-B=1", "--", "true"], "A-B=1 is no variable: expected NAME=VALUE"],
  [
    ["exec", "950", "--timeout", "0", "--", "true"],
    "0 is no time span: expected seconds, or a number with s, m, h or d, for example 90 or 5m",
  ],
  [["stop", "950", "--wait=3"], "--wait=3: expected no value"],
] as const)("bad usage: %j", async (args, message) => {
  expect(await phoenixctl(args, nowhere)).toMatchObject({ code: 2, stdout: "", stderr: `${message}\n` });
});

test("without a command, and with --help, there are examples to copy", async () => {
  const [bare, help] = await Promise.all([phoenixctl([]), phoenixctl(["help"])]);
  expect(bare).toMatchObject({ code: 0, stderr: "" });
  expect(bare.stdout).toContain("phoenixctl letsgo 950");
  expect(help.stdout).toBe(bare.stdout);
  expect((await phoenixctl(["plan", "--help"])).stdout).toContain("7: there is");
});

test.each([
  [
    ["-o", "json", "ps"],
    ["ps", "-o", "json"],
  ],
  [
    ["--socket=/x", "-q", "run", "list", "950"],
    ["run", "list", "--socket=/x", "-q", "950"],
  ],
  [
    ["--socket", "/x", "exec", "950", "--", "ps", "-o"],
    ["exec", "--socket", "/x", "950", "--", "ps", "-o"],
  ],
  [
    ["-q", "trust", "list"],
    ["trust", "list", "-q"],
  ],
  [
    ["-q", "audit", "verify"],
    ["audit", "verify", "-q"],
  ],
  [["--version"], ["version"]],
  [
    ["help", "run", "list"],
    ["run", "list", "--help"],
  ],
  [
    ["letsgo", "950", "-q"],
    ["letsgo", "950", "-q"],
  ],
])("%j is read as %j", (given, expected) => {
  expect(arranged(given)).toEqual(expected);
});
