// The pages of docs/reference from the code: writes them, or with --check says which are not what the code gives.
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { pages, writer } from "./docs/pages.ts";
import { fail } from "./run.ts";

const made = makePages();
const there = new Map(globSync("docs/reference/*").map((path) => [path, readFileSync(path, "utf8")]));
const wrong = [...new Set([...made.keys(), ...there.keys()])].filter((path) => made.get(path) !== there.get(path));

if (process.argv.includes("--check")) {
  if (wrong.length > 0) fail(`not what the code gives: ${wrong.join(", ")}; ${writer} writes it`);
} else {
  for (const path of wrong) {
    const text = made.get(path);
    mkdirSync(dirname(path), { recursive: true });
    if (text === undefined) rmSync(path);
    else writeFileSync(path, text);
    console.log(path);
  }
}

/** What has no words yet is said in a line. */
function makePages(): ReadonlyMap<string, string> {
  try {
    return pages();
  } catch (thrown) {
    return fail(thrown instanceof Error ? thrown.message : String(thrown));
  }
}
