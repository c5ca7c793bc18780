// `npm run bench`: measures the built executables beside what they are built on. See docs/performance.md.
import { run } from "./run.ts";

await run("node", ["--disable-warning=ExperimentalWarning", "test/bench/main.ts", ...process.argv.slice(2)]);
