import { run } from "./run.ts";

// What people read is in the machine's time zone: in tests that is one which is not UTC, and the same everywhere.
process.env["TZ"] = "Europe/Berlin";

// The seed makes a random order or a property test repeatable; jest prints the one that it used.
await run("jest", ["--passWithNoTests", ...process.argv.slice(2)]);
