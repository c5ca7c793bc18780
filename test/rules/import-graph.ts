import { globSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, normalize } from "node:path";
import { build } from "esbuild";

/** What a file imports; packages and Node's own modules by their names. */
export interface Imports {
  values: string[];
  types: string[];
}

export type ImportGraph = Map<string, Imports>;

const typeImport = /^\s*(?:import|export)\s+type\s[^"']*?from\s+["']([^"']+)["']/gm;

/** Who imports what, over all of src and what it reaches in this checkout. */
export async function importGraph(): Promise<ImportGraph> {
  const entryPoints = globSync("src/**/*.ts");
  const options = { entryPoints, bundle: true, write: false, metafile: true, outdir: "dist", logLevel: "silent" } as const;
  const { metafile } = await build({ ...options, packages: "external", platform: "node", format: "esm" });
  return new Map(
    Object.entries(metafile.inputs).map(([file, { imports }]) => [
      file,
      { values: imports.map(({ path }) => named(path)), types: typesOf(file) },
    ]),
  );
}

/** The compiler drops type-only imports before anybody can ask it about them. */
function typesOf(file: string): string[] {
  if (!file.endsWith(".ts")) return [];
  return Array.from(readFileSync(file, "utf8").matchAll(typeImport), ([, path = ""]) =>
    path.startsWith(".") ? normalize(join(dirname(file), path)) : named(path),
  );
}

/** One name for what Node knows by two. */
function named(path: string): string {
  return isBuiltin(path) && !path.startsWith("node:") ? `node:${path}` : path;
}
