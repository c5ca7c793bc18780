/** One command of a shell line, and what comes of its exit code. */
export interface ShellCommand {
  readonly argv: readonly string[];
  /** Where its standard output goes. */
  readonly to: { readonly file: string; readonly append: boolean } | "stdout" | "stderr";
  /** What stands after it. "&" leaves it in the background. */
  readonly link: ";" | "&&" | "&";
}

const blank = /[ \t\n]+/y;
const operator = />&2|>>|>|&&|;|&/y;
const word = /(?:'[^']*'|"[^"$`\\]*"|[^\s'"$`\\|<>;&()]+)+/y;

/**
 * Takes a line of the little shell apart: commands joined by `;`, `&&` and `&`, words in quotes of both kinds, and `>FILE`, `>>FILE`
 * and `>&2` behind a command. Gives null for everything else: variables, pipes, loops, other redirections.
 */
export function parseShell(text: string): readonly ShellCommand[] | null {
  const tokens = tokensOf(text.trim());
  if (tokens === null) return null;
  const commands: ShellCommand[] = [];
  let argv: string[] = [];
  let to: ShellCommand["to"] = "stdout";
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined) return null;
    if ("word" in token) argv.push(token.word);
    else if (token.operator === ">&2") to = "stderr";
    else if (token.operator === ">" || token.operator === ">>") {
      const file = tokens[(at += 1)];
      if (file === undefined || !("word" in file)) return null;
      to = { file: file.word, append: token.operator === ">>" };
    } else {
      if (argv.length === 0) return null;
      commands.push({ argv, to, link: token.operator });
      [argv, to] = [[], "stdout"];
    }
  }
  return argv.length === 0 ? commands : [...commands, { argv, to, link: ";" }];
}

type Token = { readonly word: string } | { readonly operator: ">&2" | ">>" | ">" | "&&" | ";" | "&" };

function tokensOf(text: string): readonly Token[] | null {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at = pattern.lastIndex;
    return match === null ? null : match[0];
  };
  while (at < text.length) {
    take(blank);
    const found = take(operator);
    if (found !== null) {
      tokens.push({ operator: found as Extract<Token, { operator: string }>["operator"] });
      continue;
    }
    const raw = take(word);
    if (raw === null) return null;
    tokens.push({
      word: raw.replaceAll(/'([^']*)'|"([^"]*)"/g, (_, single: string | undefined, double: string | undefined) => single ?? double ?? ""),
    });
  }
  return tokens;
}
