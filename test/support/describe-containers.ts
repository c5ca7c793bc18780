/* oxlint-disable jest/no-disabled-tests -- skipping where no containers can run is what this is for */
import { describe, test } from "@jest/globals";
import { existsSync } from "node:fs";
import { whyNoContainers } from "./pool.ts";

/** Like describe, for tests that need real containers: where none can run they are skipped, with the reason; in CI, as root on Debian, that is a failure. */
export function describeContainers(name: string, define: () => void): void {
  const why = whyNoContainers();
  if (why === null) {
    describe(name, () => {
      define();
    });
    return;
  }
  const mustRun = process.env["CI"] === "true" && process.getuid?.() === 0 && existsSync("/etc/debian_version");
  if (mustRun) {
    test(`${name}: containers can run here`, () => {
      throw new Error(`no containers can run here: ${why}`);
    });
    return;
  }
  describe.skip(`${name} (skipped: ${why})`, () => {
    define();
  });
}
