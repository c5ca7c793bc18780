/** Command lines as people type them, in the order that stricli wants. */

const withValue = new Set(["--socket", "--output", "-o", "--host", "-H", "--group", "-g", "--host-timeout"]);
const bare = new Set(["--quiet", "-q", "--no-color", "--all-hosts"]);
const groups = new Set(["snapshot", "boot", "gpu", "host", "run", "config", "trust", "audit"]);

/** Global flags before the command go behind its name; `help X` and `--version` are what they are elsewhere. */
export function arranged(argv: readonly string[]): string[] {
  const from = leadingFlags(argv);
  const leading = argv.slice(0, from);
  const [command = "", ...rest] = argv.slice(from);
  if (command === "--version" || command === "-V") return ["version", ...leading, ...rest];
  if (command === "help") return [...rest, "--help"];
  if (command === "") return leading.length === 0 ? [] : ["--help"];
  const words = groups.has(command) && rest[0] !== undefined && !rest[0].startsWith("-") ? [command, rest[0]] : [command];
  return [...words, ...leading, ...rest.slice(words.length - 1)];
}

/** How many words before the command are global flags and their values; one more than there are words, when the value of the last is missing. */
export function leadingFlags(argv: readonly string[]): number {
  let count = 0;
  for (let arg = argv[0]; arg !== undefined; arg = argv[count]) {
    const name = arg.split("=")[0] ?? "";
    if (withValue.has(name)) count += arg.includes("=") ? 1 : 2;
    else if (bare.has(arg)) count += 1;
    else break;
  }
  return count;
}
