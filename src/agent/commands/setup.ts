import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { detect } from "../config/detect.ts";
import { propose } from "../config/setup.ts";
import { Fault } from "../domain/errors.ts";

/** Prints the settings that fit this host, or writes them where there are none. What should be known about them goes to standard error. */
export function setup(file: string, what: "print" | "write"): void {
  const proposal = propose(detect());
  if (proposal.driver === null) throw new Fault("UNSUPPORTED", proposal.why, proposal.remedy);
  for (const note of proposal.notes) console.error(`note: ${note}`);
  if (what === "print") {
    process.stdout.write(proposal.yaml);
    return;
  }
  if (existsSync(file))
    throw new Fault("INVALID", `${file} is there already, and is not overwritten`, `Compare: phoenix-agent setup | diff ${file} -`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, proposal.yaml, { mode: 0o644, flag: "wx" });
  console.log(`${file} is written, driver ${proposal.driver}.`);
  for (const line of proposal.next) console.log(line);
}
