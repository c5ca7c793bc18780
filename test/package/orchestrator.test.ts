import { spawnSync } from "node:child_process";
import { join } from "node:path";

const script = join(__dirname, "../../packaging/phoenix_orchestrator.sh");
const usage = /^usage: phoenix_orchestrator\.sh CTID .*\n.*phoenixctl --help tells what else there is\n$/;

/** What the users' old command says where no phoenixctl is installed. */
function orchestrator(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync("/bin/sh", [script, ...args], { encoding: "utf8", env: { PATH: "/nonexistent" } });
  return { code: status, out: stdout, err: stderr };
}

test.each([["-h"], ["--help"]])("%s is answered", (flag) => {
  expect(orchestrator(flag)).toEqual({ code: 0, out: expect.stringMatching(usage) as string, err: "" });
});

test.each([[[]], [["95x"]], [["950", "951"]], [["950", "--letsgo"]], [["950", "--reconfigure", "--LetsGo"]]])(
  "%j can't be meant",
  (args) => {
    expect(orchestrator(...args)).toEqual({ code: 2, out: "", err: expect.stringMatching(usage) as string });
  },
);

test("without phoenixctl it says what is missing", () => {
  expect(orchestrator("950")).toMatchObject({ code: 127, err: expect.stringContaining("phoenixctl is not installed") as string });
});
