import { readFileSync } from "node:fs";
import { join } from "node:path";
import { definitions } from "../../build/definitions.ts";
import { readDefinitions } from "../../proto/definitions.ts";
import { contractOf, type Contract } from "../../proto/index.ts";

const released = join(__dirname, "../../proto/released.binpb");

/** What protobufjs makes of the contract that clients and agents in use speak. */
export function releasedDefinitions(): object {
  return definitions(readFileSync(released));
}

/** That contract, as both sides use one. */
export async function releasedContract(): Promise<Contract> {
  return contractOf(await readDefinitions(JSON.stringify(releasedDefinitions())));
}
