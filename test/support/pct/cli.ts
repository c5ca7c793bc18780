// `cli.ts PROGRAM ARGUMENTS`: what the scripts pct and pvesh run.
import { main } from "./main.ts";

const [program = "pct", ...words] = process.argv.slice(2);
await main(program, words);
