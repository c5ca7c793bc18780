import { settingsList } from "./settings-list.ts";

const width = 110;

/** agent.yaml with every setting, its default and what it means, all as comments; a setting without a default is a comment twice over. */
export function exampleSettings(): string {
  const lines = [
    "# The settings of the agent of this host. Only driver has to be said; everything else is written here with its default.",
    "# phoenix-agent setup proposes settings for this host; phoenix-agent check says what is wrong with them.",
  ];
  let group = "";
  for (const { path, fallback, words } of settingsList().filter(({ path }) => !path.startsWith("sim."))) {
    const [key = "", inner] = path.split(/\.(.*)/s);
    lines.push(...(inner === undefined ? [""] : key === group ? [] : ["", `# ${key}:`]));
    group = inner === undefined ? "" : key;
    const indent = inner === undefined ? "" : "  ";
    lines.push(...wrapped(words, width - indent.length).map((line) => `# ${indent}# ${line}`));
    const none = fallback === null && path !== "driver";
    lines.push(`# ${indent}${none ? "# " : ""}${inner ?? key}:${fallback === null ? "" : ` ${fallback}`}`);
  }
  return `${lines.join("\n")}\n`;
}

function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > columns) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
