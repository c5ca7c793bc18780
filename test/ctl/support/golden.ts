import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { paint, type Line, type Look } from "../../../src/ctl/render/line.ts";

const folder = join(__dirname, "../../golden/ctl");

/** Compares with test/golden/ctl/NAME.txt; UPDATE_GOLDEN=1 writes it, to be read before it is committed. */
export function expectGolden(name: string, actual: string): void {
  const path = join(folder, `${name}.txt`);
  if (process.env["UPDATE_GOLDEN"] === "1") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, actual);
  }
  expect(actual).toBe(existsSync(path) ? readFileSync(path, "utf8") : `(no golden file ${name}.txt)`);
}

/** Lines as they would stand on the terminal. */
export function onScreen(lines: readonly Line[], look: Look): string {
  return lines.map((line) => paint(line, look)).join("\n");
}

/** Parts with a heading each, as one golden file. */
export function scenes(parts: readonly (readonly [string, string])[]): string {
  return parts.map(([heading, text]) => `=== ${heading}\n${text}\n`).join("\n");
}
