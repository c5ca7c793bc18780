import { run } from "./run.ts";

// What people read is in the machine's time zone: in tests that is one which is not UTC, and the same everywhere.
process.env["TZ"] = "Europe/Berlin";

// One arena of the C library's for all threads of a process: with one for each, memory that the kernel has to hand out anew is a twentieth to a
// tenth of the CPU time of tests.
process.env["MALLOC_ARENA_MAX"] ??= "1";

// The seed makes a random order or a property test repeatable; jest prints the one that it used.
await run("jest", ["--passWithNoTests", ...process.argv.slice(2)]);
