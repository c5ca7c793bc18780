import { describe, test } from "@jest/globals";
import { existsSync } from "node:fs";
import { whyNoContainers } from "./pool.ts";

/** Like describe, for tests that need real containers: where none can run they are skipped, with the reason; in CI, as root on Debian, that is a failure. */
export function describeContainers(name: string, define: () => void): void {
  const why = whyNoContainers();
  if (why === null)
    return describe(name, () => {
      define();
    });
  const mustRun = process.env["CI"] === "true" && process.getuid?.() === 0 && existsSync("/etc/debian_version");
  // oxlint-disable-next-line jest/no-disabled-tests
  if (!mustRun)
    return describe.skip(`${name} (skipped: ${why})`, () => {
      define();
    });
  return describe(name, () => {
    test("containers can run here", () => {
      throw new Error(`no containers can run here: ${why}`);
    });
  });
}
