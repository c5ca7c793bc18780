import { existsSync } from "node:fs";
import { readPages } from "./support/page.ts";
import { complaints, simpleCommands } from "./support/parse.ts";

const pages = readPages();

test.each(pages.map(({ path, problems }) => ({ path, problems })))("$path has its commands where they are seen", ({ problems }) => {
  expect(problems).toEqual([]);
});

test.each(pages.map((page) => ({ path: page.path, page })))("the command lines of $path can be said so", async ({ page }) => {
  const wrong = async ({ place, command }: { readonly place: string; readonly command: string }) =>
    (await complaints(command)).map((complaint) => `${place}: ${command}: ${complaint}`);
  const shown = await Promise.all(page.told.flatMap((told) => ("command" in told ? [wrong(told)] : [])));
  const mentioned = await Promise.all(page.mentioned.map(wrong));
  expect(shown.flat()).toEqual([]);
  // A sentence may leave out what a command is about.
  expect(
    mentioned.flat().filter((complaint) => !/ is missing; add --help| is missing, or has no value; add --help/.test(complaint)),
  ).toEqual([]);
});

test.each(pages.map(({ path, links }) => ({ path, links })))("what $path points at is there", ({ links }) => {
  const lost = links.filter(({ to }) => {
    const [file = "", anchor] = to.split("#");
    return !existsSync(file) || (anchor !== undefined && !pages.some(({ path, anchors }) => path === file && anchors.has(anchor)));
  });
  expect(lost).toEqual([]);
});

test.each([
  ["phoenixctl letsgo 950 --dry-rum", "there is no flag --dry-rum; did you mean --dry-run?"],
  ["echo x | phoenixctl lets 950", "there is no command lets"],
  ["phoenixctl snapshot list|remove CTID", "there is no command remove"],
  ["sudo phoenix-agent token create", "--role"],
])("%s: a command line that can't be meant is found", async (line, expected) => {
  expect((await complaints(line)).join()).toContain(expected);
});

test.each([
  [
    "phoenixctl ps && phoenix-agent check > x",
    [
      ["phoenixctl", "ps"],
      ["phoenix-agent", "check"],
    ],
  ],
  ["source <(phoenixctl completion bash)", [["phoenixctl", "completion", "bash"]]],
  ["phoenixctl exec 950 -- sh -c 'ls | wc -l' # counts", [["phoenixctl", "exec", "950", "--", "sh", "-c", "ls | wc -l"]]],
])("%s is taken apart", (line, expected) => {
  expect(simpleCommands(line)).toEqual(expected);
});
