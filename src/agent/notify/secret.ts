import { readFileSync } from "node:fs";
import { Fault } from "../domain/errors.ts";
import { systemWords } from "../domain/system-words.ts";

/** A shorter secret could be guessed by whoever has seen a message. */
const leastSecret = 16;

/** The secret without the line break that editors leave behind it. Throws Fault INVALID. */
export function readSecret(file: string): string {
  const read = () => {
    try {
      return readFileSync(file, "utf8").trim();
    } catch (error) {
      throw new Fault(
        "INVALID",
        `the secret can't be read from ${file}: ${systemWords(error)}`,
        `openssl rand -hex 32 >${file}; chmod 600 ${file}`,
      );
    }
  };
  const secret = read();
  if (Buffer.byteLength(secret) < leastSecret)
    throw new Fault(
      "INVALID",
      `${file} has a secret of ${Buffer.byteLength(secret)} bytes, expected ${leastSecret} at least`,
      `openssl rand -hex 32 >${file}`,
    );
  return secret;
}
