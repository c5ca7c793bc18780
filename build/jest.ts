import { run } from "./run.ts";

// The seed makes a random order or a property test repeatable; jest prints the one that it used.
await run("jest", ["--passWithNoTests", ...process.argv.slice(2)]);
