/* oxlint-disable jest/no-disabled-tests -- skipping where something can't be tried is what this is for */
import { describe, test } from "@jest/globals";
import { existsSync } from "node:fs";

/** Like describe, for tests that want more than a checkout: where `why` says why not they are skipped, with that; in CI, as root on Debian, it is a failure. */
export function describeWhere(name: string, why: string | null, define: () => void): void {
  if (why === null) {
    describe(name, () => {
      define();
    });
    return;
  }
  const mustRun = process.env["CI"] === "true" && process.getuid?.() === 0 && existsSync("/etc/debian_version");
  if (mustRun) {
    test(`${name}: can be tried here`, () => {
      throw new Error(`can't be tried here: ${why}`);
    });
    return;
  }
  describe.skip(`${name} (skipped: ${why})`, () => {
    define();
  });
}
