import { isUtf8 } from "node:buffer";
import { parseTree, type Node, type ParseError } from "jsonc-parser";
import { positionsIn, type Position } from "./position.ts";
import { shown, type Path } from "./shape.ts";

/** A JSON text that was read, with where everything stands in it. */
export interface JsonSource {
  readonly value: unknown;
  /** Where a value stands; when it is missing, where the innermost thing around it that is not missing stands. */
  readonly at: (path: Path) => Position;
  /** Where a key stands, rather than its value. */
  readonly atKey: (path: Path) => Position;
  /** Keys that stand more than once in one object; the last one counts, as for every JSON reader. */
  readonly repeated: readonly { readonly path: Path; readonly first: Position; readonly last: Position }[];
}

export interface JsonError extends Position {
  readonly message: string;
}

/** Reads JSON and nothing else: comments and trailing commas are errors, a byte order mark is not. Gives the first error. */
export function readJson(bytes: Uint8Array): JsonSource | JsonError {
  const text = new TextDecoder("utf-8").decode(bytes);
  const position = positionsIn(text);
  if (!isUtf8(bytes)) return { ...position(Math.max(0, text.indexOf("\uFFFD"))), message: "not a text in UTF-8" };
  try {
    return read(text, position);
  } catch (error) {
    // The parser goes down one call deeper for each level.
    if (error instanceof RangeError) return { line: 1, column: 1, message: "it is nested too deeply" };
    throw error;
  }
}

function read(text: string, position: (offset: number) => Position): JsonSource | JsonError {
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false });
  const [error] = errors;
  if (error !== undefined) return { ...position(error.offset), message: described(text, error) };
  if (tree === undefined) return { line: 1, column: 1, message: "it is empty, expected a JSON object" };
  return {
    // Rather than the tree's own values: "__proto__" is a key like any other here.
    value: JSON.parse(text) as unknown,
    at: (path) => position(nodeAt(tree, path).offset),
    atKey: (path) => position(keyNode(nodeAt(tree, path)).offset),
    repeated: repeatedKeys(tree, []).map(({ path, nodes }) => ({
      path,
      first: position(nodes[0].offset),
      last: position(nodes[1].offset),
    })),
  };
}

/** The parser's numbers (its const enum can't be imported), in words. */
const expectations: Readonly<Record<number, string>> = {
  1: "expected a key or a text in double quotes, a number, {, [, true, false or null",
  2: "a number is not well formed",
  3: "expected a key in double quotes",
  4: "expected a value",
  5: 'expected ":" after the key',
  6: 'expected "," or the end of the object or list',
  7: 'expected "}"',
  8: 'expected "]"',
  9: "expected nothing more after the end",
  10: "a comment; JSON has none",
  11: "a comment that does not end; JSON has none",
  12: "a text has no closing double quote",
  13: "a number is not well formed",
  14: "a \\u must be followed by four hexadecimal digits",
  15: "an unknown \\ sequence in a text",
  16: "a control character in a text; write it as \\n, \\t or \\u00XX",
};

function described(text: string, error: ParseError): string {
  const found =
    error.offset >= text.length ? "the end of the file" : shown(text.slice(error.offset, error.offset + Math.max(error.length, 1)));
  return `not JSON: ${expectations[error.error] ?? "something unexpected"}, got ${found}`;
}

/** The node at a path, or the nearest one around it. Of a key that stands twice, the last. */
function nodeAt(tree: Node, path: Path): Node {
  let node = tree;
  for (const key of path) {
    const child = childAt(node, key);
    if (child === undefined) return node;
    node = child;
  }
  return node;
}

function childAt(node: Node, key: string | number): Node | undefined {
  if (node.type === "array") return node.children?.[Number(key)];
  return node.children?.findLast((property) => property.children?.[0]?.value === key)?.children?.[1];
}

function keyNode(node: Node): Node {
  return node.parent?.type === "property" ? (node.parent.children?.[0] ?? node) : node;
}

function repeatedKeys(node: Node, path: Path): { path: Path; nodes: readonly [Node, Node] }[] {
  const children = node.children ?? [];
  if (node.type === "array") return children.flatMap((child, index) => repeatedKeys(child, [...path, index]));
  if (node.type !== "object") return [];
  const seen = new Map<string, Node>();
  return children.flatMap((property) => {
    const [key, value] = property.children ?? [];
    if (key === undefined || value === undefined) return [];
    const name = key.value as string;
    const before = seen.get(name);
    seen.set(name, key);
    const inside = repeatedKeys(value, [...path, name]);
    return before === undefined ? inside : [{ path: [...path, name], nodes: [before, key] as const }, ...inside];
  });
}
