// Types, lint, format, reference and protos. All are run to the end, so that one go shows everything. What has not changed is not looked at
// again: .cache/ knows.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

const checks: readonly (readonly [string, readonly string[]])[] = [
  ["tsc", ["--pretty", "false", "--incremental", "--tsBuildInfoFile", ".cache/tsc.tsbuildinfo"]],
  ["oxlint", ["--deny-warnings"]],
  ["prettier", ["--check", "--cache", "--cache-location=.cache/prettier", "--log-level=warn", "."]],
  ["node", ["build/docs.ts", "--check"]],
  ["buf", ["lint"]],
  // What clients and agents that are in use speak. After a release: buf build --exclude-source-info -o proto/released.binpb
  ["buf", ["breaking", "--against", "proto/released.binpb"]],
];

const names: Readonly<Record<string, (args: readonly string[]) => string>> = {
  buf: ([what]) => `buf ${what}`,
  node: () => "docs/reference",
};

const results = await Promise.all(
  checks.map(async ([command, args]) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
    return { command: names[command]?.(args) ?? command, passed: code === 0, output: `${output}${errors}`.trim() };
  }),
);
for (const { command, passed, output } of results) {
  if (!passed) console.error(`${command}:\n${output}\n`);
}
console.error(`phoenix: ${results.map(({ command, passed }) => `${command} ${passed ? "ok" : "FAILED"}`).join(", ")}`);
if (results.some(({ passed }) => !passed)) process.exit(1);
