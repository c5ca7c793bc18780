import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";

const { dependencies, devDependencies } = JSON.parse(readFileSync("package.json", "utf8")) as Record<
  "dependencies" | "devDependencies",
  Record<string, string>
>;

/** import … from, also over several lines; import "…"; import(); require() and createRequire()(). */
const loads = [
  /^(?:import|export|\})[^"\n]* from "([^"\n]+)"/gm,
  /^import "([^"\n]+)"/gm,
  /\bimport\("([^"\n]+)"\)/g,
  /(?:require|\))\("([^"\n]+)"\)/g,
];

/** The packages that files load by their names. */
function packagesOf(folders: readonly string[]): readonly string[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard", ...folders], { encoding: "utf8" });
  const named = listed
    .split("\0")
    .filter((file) => /\.(?:ts|mjs)$/.test(file))
    .map((file) => readFileSync(file, "utf8"))
    .flatMap((text) => loads.flatMap((load) => [...text.matchAll(load)].map(([, name = ""]) => name)));
  const foreign = named.filter((name) => !/^(?:[./]|node:)/.test(name) && !isBuiltin(name));
  return [...new Set(foreign.map((name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name))].toSorted();
}

// One that only comes along with another may stay away with the next version of that.
test.each([
  ["what the executables load is a dependency", ["proto", "src"], dependencies],
  ["what builds and tests load is named too", ["build", "test"], { ...dependencies, ...devDependencies }],
])("%s", (_, folders, named) => {
  const found = packagesOf(folders);
  expect(found.length).toBeGreaterThan(8);
  expect(found.filter((name) => !Object.hasOwn(named, name))).toEqual([]);
});
