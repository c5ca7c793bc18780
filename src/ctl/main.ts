#!/usr/bin/env node
import { buildApplication, run, type StricliProcess } from "@stricli/core";
import { arranged } from "./argv.ts";
import type { Context } from "./command.ts";
import { exit } from "./exit.ts";
import { root } from "./routes.ts";
import type { Io } from "./session.ts";
import { texts } from "./usage.ts";

const io: Io = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, env: process.env };

async function main(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    // Whoever read the output has gone: there is nobody left to tell anything.
    stream.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? exit.closedOutput : exit.failed));
  }
  const application = buildApplication(root, {
    name: "phoenixctl",
    scanner: { caseStyle: "allow-kebab-for-camel", allowArgumentEscapeSequence: true },
    documentation: { caseStyle: "convert-camel-to-kebab", onlyRequiredInUsageLine: true },
    localization: { text: texts },
  });
  const outer: StricliProcess = { stdout: process.stdout, stderr: process.stderr, env: process.env };
  const context: Context & { process: StricliProcess } = { process: outer, io, exitCode: exit.done };
  await run(application, arranged(process.argv.slice(2)), context);
  // Below zero are the command lines that stricli did not take.
  const taken = Number(outer.exitCode ?? 0);
  await Promise.all([process.stdout, process.stderr].map(flushed));
  // Not by itself: a call that was given up, or an input that nobody ends, would hold it for long.
  process.exit(taken < 0 ? exit.usage : taken || context.exitCode);
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()));
}

void main();
