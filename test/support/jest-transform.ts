// Turns TypeScript and ESM into the CommonJS that jest runs, by esbuild: the compiler that also makes the executables.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { transformSync, version, type Loader, type TransformOptions } from "esbuild";

const options: TransformOptions = {
  format: "cjs",
  platform: "node",
  target: "node26",
  sourcemap: "inline",
  // On the first line, so that line numbers stay; jest has no import.meta in CommonJS.
  banner: "'use strict'; const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;",
  define: { "import.meta.url": "__importMetaUrl", "import.meta.dirname": "__dirname", "import.meta.filename": "__filename" },
  // A real import() would need --experimental-vm-modules.
  supported: { "dynamic-import": false },
};
const ownHash = createHash("sha256")
  .update(version)
  .update(readFileSync(import.meta.filename))
  .digest("hex");

/** What jest calls for each file that it loads. */
function process(source: string, path: string): { code: string } {
  const loader: Loader = extname(path) === ".ts" ? "ts" : "js";
  return { code: transformSync(source, { ...options, loader, sourcefile: path }).code };
}

/** Makes a new version of esbuild or of this file start with an empty cache. */
function getCacheKey(source: string, path: string): string {
  return createHash("sha256").update(ownHash).update(path).update("\0").update(source).digest("hex").slice(0, 32);
}

export default { process, getCacheKey };
