// Kills the built agent everywhere: what `npm test` tries a sample of.
import { run } from "./run.ts";

process.env["PHOENIX_CRASH"] = "all";
await run("jest", [
  "test/crash",
  "test/run/crash.test.ts",
  "test/run/host-crash.test.ts",
  "test/driver/lxc-crash",
  "test/driver/proxmox/crash",
  ...process.argv.slice(2),
]);
