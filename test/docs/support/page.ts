import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../../..");

/** What a block of commands wants of its machine. "nothing": its page's own simulated host is enough, and the test runs it there. */
export const needs = ["nothing", "proxmox", "network"] as const;
export type Needs = (typeof needs)[number];

/** What the simulated host of a page has besides: `<!-- host: gpus -->`. "network": it listens, and has been joined by nobody. */
export const extras = ["gpus", "network"] as const;
export type Extra = (typeof extras)[number];

/** A command of a page, and what the page says that it prints. */
export interface Shown {
  /** "docs/runs.md:12" */
  readonly place: string;
  readonly needs: Needs;
  /** Whose workstation it is typed at, by the prompt ("ana@laptop$ "); "" is the host's own. */
  readonly who: string;
  readonly command: string;
  readonly exitCode: number;
  readonly output: readonly string[];
}

/** A file that a page tells its reader to write, by its path in the folder of the host. */
export interface Written {
  readonly place: string;
  readonly file: string;
  readonly text: string;
}

/** A command line in the middle of a sentence, or in a block without output. */
export interface Mentioned {
  readonly place: string;
  readonly command: string;
}

export interface Page {
  readonly path: string;
  readonly extras: readonly Extra[];
  /** In its order. */
  readonly told: readonly (Shown | Written)[];
  readonly mentioned: readonly Mentioned[];
  /** What it points at in the checkout: "docs/runs.md#kinds". */
  readonly links: readonly { readonly place: string; readonly to: string }[];
  /** What can be pointed at in it. */
  readonly anchors: ReadonlySet<string>;
  /** What is wrong with its blocks. */
  readonly problems: readonly string[];
}

interface Block {
  readonly line: number;
  readonly info: readonly string[];
  readonly lines: readonly string[];
}

/** Every page for people. */
export function readPages(): readonly Page[] {
  const paths = ["README.md", "examples/README.md", ...globSync("docs/**/*.md", { cwd: root }).toSorted()];
  return paths.map((path) => pageOf(path, readFileSync(join(root, path), "utf8")));
}

/**
 * A page taken apart. A block ```console has commands behind "$ ", "ana@laptop$ " or "# " (root), each followed by what it prints; a second word says what it needs.
 * A block of anything else that has a second word is a file of that name; a block ```sh without one has commands only. `<!-- $ COMMAND -->` is run and not shown. "# exit code N" behind a command says how it ends.
 */
export function pageOf(path: string, text: string): Page {
  const { blocks, prose } = split(text);
  const problems = blocks.flatMap((block) => problemsOf(path, block));
  const hidden = prose.flatMap(({ line, text: words }): Shown[] => {
    const [, who = "", command] = /^<!-- ([a-z]+@[a-z]+)?\$ (.*) -->$/.exec(words) ?? [];
    return command === undefined ? [] : [shown(path, line, "nothing", who, command, [])];
  });
  const inBlocks = blocks.filter(({ info }) => info[0] === "console").flatMap((block) => commandsOf(path, block));
  const spans = prose.flatMap(({ line, text: words }) =>
    [...words.matchAll(/`([^`]+)`/g)].map(([, command = ""]) => ({ place: `${path}:${line}`, command: command.replaceAll("\\|", "|") })),
  );
  const bare = blocks
    .filter(({ info }) => info[0] === "sh" && info[1] === undefined)
    .flatMap(({ line, lines }) => lines.map((command, index) => ({ place: `${path}:${line + 1 + index}`, command })));
  const written = blocks.flatMap(({ line, info: [kind, file], lines }) =>
    kind === "console" || file === undefined ? [] : [{ place: `${path}:${line}`, file, text: `${lines.join("\n")}\n` }],
  );
  const told = [...hidden, ...inBlocks, ...written].toSorted((a, b) => lineOf(a) - lineOf(b));
  const links = prose.flatMap(({ line, text: words }) =>
    [...words.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, to = ""]) => {
      const [file = "", anchor] = to.split("#");
      const target = file === "" ? path : normalize(join(dirname(path), file));
      return { place: `${path}:${line}`, to: anchor === undefined ? target : `${target}#${anchor}` };
    }),
  );
  const anchors = new Set(prose.flatMap(({ text: words }) => anchorsIn(words)));
  const has = prose.flatMap(({ text: words }) => /^<!-- host: (.*) -->$/.exec(words)?.[1]?.split(", ") ?? []);
  return { path, extras: extras.filter((each) => has.includes(each)), told, mentioned: [...spans, ...bare], links, anchors, problems };
}

/** A heading by its words, as GitHub makes it, and what a page names itself. */
function anchorsIn(line: string): string[] {
  const [, heading] = /^#+ (.*)$/.exec(line) ?? [];
  const slug = heading
    ?.toLowerCase()
    .replace(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");
  return [...(slug === undefined ? [] : [slug]), ...[...line.matchAll(/<a id="([^"]+)">/g)].map(([, id = ""]) => id)];
}

function split(text: string): { readonly blocks: readonly Block[]; readonly prose: readonly { line: number; text: string }[] } {
  const blocks: Block[] = [];
  const prose: { line: number; text: string }[] = [];
  let open: { line: number; indent: number; info: string[]; lines: string[] } | null = null;
  for (const [index, line] of text.split("\n").entries()) {
    const [, indent = "", info] = /^( *)```(.*)$/.exec(line) ?? [];
    if (info === undefined) {
      if (open === null) prose.push({ line: index + 1, text: line });
      else open.lines.push(line.slice(open.indent));
    } else if (open === null)
      open = { line: index + 1, indent: indent.length, info: info.split(" ").filter((word) => word !== ""), lines: [] };
    else {
      blocks.push(open);
      open = null;
    }
  }
  return { blocks, prose };
}

/** What a host prints can begin with "# " too, and then with a capital or a path. */
const prompt = /^(?:([a-z]+@[a-z]+)?\$ (?=\S)|# (?=[a-z]))/;

function problemsOf(path: string, { line, info, lines }: Block): string[] {
  const place = `${path}:${line}`;
  const [kind = "", need = "nothing", ...more] = info;
  if (kind !== "console")
    return lines.some((each) => /^([a-z]+@[a-z]+)?[$#] phoenix/.test(each))
      ? [`${place}: commands with their output belong in a block of console`]
      : [];
  const known = (needs as readonly string[]).includes(need) && more.length === 0;
  return known ? [] : [`${place}: console is followed by nothing, or by one of ${needs.slice(1).join(", ")}`];
}

function commandsOf(path: string, { line, info, lines }: Block): readonly Shown[] {
  const need = needs.find((each) => each === info[1]) ?? "nothing";
  const starts = lines.flatMap((each, index) => (prompt.test(each) ? [index] : []));
  return starts.map((start, nth) => {
    const output = lines.slice(start + 1, starts[nth + 1]).filter((each) => each.trim() !== "");
    const typed = lines[start] ?? "";
    return shown(path, line + 1 + start, need, prompt.exec(typed)?.[1] ?? "", typed.replace(prompt, ""), output);
  });
}

function shown(path: string, line: number, need: Needs, who: string, text: string, output: readonly string[]): Shown {
  const [, command = text, code = "0"] = /^(.*?) +# exit code (\d+)$/.exec(text) ?? [];
  return { place: `${path}:${line}`, needs: need, who, command, exitCode: Number(code), output };
}

function lineOf({ place }: Shown | Written): number {
  return Number(place.split(":").at(-1));
}
