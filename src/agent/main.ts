import { run, type StricliProcess } from "@stricli/core";
import { application } from "./command-line.ts";

const usage = 2;

async function main(): Promise<void> {
  await run(application, process.argv.slice(2), { process: process as StricliProcess });
  // Below zero are the command lines that stricli did not take.
  if (Number(process.exitCode ?? 0) < 0) process.exitCode = usage;
}

void main();
