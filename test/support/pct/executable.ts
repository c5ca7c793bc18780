import { buildSync } from "esbuild";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../../..");
let bundled: string | null = null;

/** The stand-in as one file, named by its content: tests call it hundreds of times, and forty modules take three times as long to load. */
function bundle(): string {
  if (bundled !== null) return bundled;
  const built = buildSync({
    entryPoints: [join(import.meta.dirname, "main.ts")],
    bundle: true,
    platform: "node",
    target: "node26",
    format: "cjs",
    write: false,
  });
  const text = built.outputFiles[0]?.text ?? "";
  const file = join(root, ".cache/pct", `${createHash("sha256").update(text).digest("hex").slice(0, 16)}.cjs`);
  mkdirSync(join(root, ".cache/pct"), { recursive: true });
  if (!existsSync(file)) {
    writeFileSync(`${file}.${process.pid}`, text);
    renameSync(`${file}.${process.pid}`, file);
  }
  return (bundled = file);
}

/** The text of an executable `pct` or `pvesh` for one world: no shell, so that the caller's environment stays as it is. */
export function executable(name: string, world: string): string {
  const file = bundle();
  return [
    `#!${join(root, "node_modules/.bin/node")}`,
    `process.env.PHOENIX_PCT_WORLD = ${JSON.stringify(world)};`,
    `require("node:module").enableCompileCache(${JSON.stringify(join(root, ".cache/pct"))});`,
    `void require(${JSON.stringify(file)}).main(${JSON.stringify(name)}, process.argv.slice(2));`,
    "",
  ].join("\n");
}
