import { run } from "./run.ts";

await run("prettier", ["--write", "--log-level=warn", "."]);
await run("oxlint", ["--fix"]);
