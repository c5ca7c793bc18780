import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { start } from "./support/client.ts";

test("version loads nothing that takes long to load", async () => {
  const folder = mkdtempSync(join(tmpdir(), "phoenixctl-loaded-"));
  // Node writes down there which scripts a process has loaded.
  const { code } = await start(["version"], { socket: "/nonexistent/agent.sock", env: { NODE_V8_COVERAGE: folder } }).ended;
  const loaded = readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("");
  rmSync(folder, { recursive: true });
  expect(code).toBe(0);
  expect(loaded).toContain("src/ctl/commands/version.ts");
  expect(loaded).not.toMatch(/@grpc|protobufjs|node_modules\/(zod|yaml)|proto\/gen|commands\/(?!version)/);
});
