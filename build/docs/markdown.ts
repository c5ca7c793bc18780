/** A table; cells are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Plain text as a cell, on one line. */
export function cell(text: string): string {
  return text
    .replaceAll("|", "\\|")
    .replaceAll("<", "&lt;")
    .replace(/([*`])/g, "\\$1")
    .replaceAll("\n", " ");
}

/** Text as it is typed. */
export function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}
