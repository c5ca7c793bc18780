import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

// In pieces, so that this file does not find itself.
const forbidden = [
  ["a path of the machine that it was written on", new RegExp(["/w", "ork/|/f", "arm/|/\\.lib", "rary/"].join(""))],
  ["the host of a package registry", new RegExp(["registry\\.n", "pmjs|registry\\.y", "arnpkg|deb\\.d", "ebian"].join(""))],
  ["a download address in the lock file", new RegExp(['"resol', 'ved":\\s*"http'].join(""))],
] as const;

const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" });

test.each(forbidden)("no tracked file holds %s", (_name, pattern) => {
  const found = files.split("\0").filter((file) => file !== "" && pattern.test(contents(file)));
  expect(found).toEqual([]);
});

function contents(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // Tracked, and deleted in the working tree.
    return "";
  }
}
