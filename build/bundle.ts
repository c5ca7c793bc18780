import { build } from "esbuild";
import { writeFileSync } from "node:fs";

/** Everything that a main file reaches, our sources and the packages alike, in one CommonJS file. */
export async function bundle(main: string, outfile: string, version: string, target = `node${process.versions.node}`): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [main],
    outfile,
    bundle: true,
    format: "cjs",
    platform: "node",
    target,
    // Packages that offer both forms are better shaken as ES modules.
    mainFields: ["module", "main"],
    // A real import() does not work in an executable with a code cache; what it would load is in the bundle or in Node.
    supported: { "dynamic-import": false },
    define: { PHOENIX_VERSION: JSON.stringify(version), "import.meta.url": "__importMetaUrl" },
    banner: { js: "const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
    // Comments that licences ask to keep go along; the bundle is not minified, so stack traces stay readable.
    legalComments: "inline",
    logLevel: "warning",
    write: false,
  });
  for (const { path, text } of outputFiles) writeFileSync(path, asciiOf(text));
}

/**
 * The same script without characters beyond ASCII, which esbuild leaves in comments and regular expressions. One of them makes V8 hold the whole
 * script with two bytes a character, and start slower.
 */
function asciiOf(script: string): string {
  return script.replaceAll(/[^\0-\x7f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
