import { build } from "esbuild";

/** Everything that a main file reaches, our sources and the packages alike, in one CommonJS file. */
export async function bundle(main: string, outfile: string, version: string, target = `node${process.versions.node}`): Promise<void> {
  await build({
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
  });
}
