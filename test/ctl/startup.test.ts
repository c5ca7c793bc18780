import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { start } from "./support/client.ts";

test.each([
  [["version"], "src/ctl/commands/version.ts", /@grpc|protobufjs|node_modules\/(zod|yaml)|proto\/gen|commands\/(?!version)/],
  [["__complete", "letsgo", "95"], "src/ctl/completion/answer.ts", /@grpc|protobufjs|node_modules\/(zod|yaml)|proto\/gen|commands\//],
])("%j loads nothing that takes long to load", async (args, needed, slow) => {
  const folder = mkdtempSync(join(tmpdir(), "phoenixctl-loaded-"));
  // Node writes down there which scripts a process has loaded.
  const { code } = await start(args, { socket: "/nonexistent/agent.sock", env: { NODE_V8_COVERAGE: folder } }).ended;
  const loaded = readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("");
  rmSync(folder, { recursive: true });
  expect(code).toBe(0);
  expect(loaded).toContain(needed);
  expect(loaded).not.toMatch(slow);
});

test("an output that can't be written is told, and is a failure", () => {
  const main = join(__dirname, "../../src/ctl/main.ts");
  const env = { ...process.env, PHOENIX_SOCKET: "/nonexistent/agent.sock" };
  const { status, stderr } = spawnSync("sh", ["-c", 'exec "$@" >/dev/full', "sh", process.execPath, main, "version"], {
    encoding: "utf8",
    env,
  });
  expect(stderr).toContain("the output can't be written (ENOSPC: no space left on device, write). A run that has begun goes on:");
  expect(status).toBe(1);
});
