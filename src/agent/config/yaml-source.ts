import { isMap, isScalar, isSeq, parseDocument, type Node } from "yaml";
import { positionsIn, type Position } from "./position.ts";
import type { Path } from "./shape.ts";

/** A YAML text that was read, with where everything stands in it. */
export interface YamlSource {
  readonly value: unknown;
  /** Where a value or its key stands; when it is missing, where the innermost thing around it that is not missing stands. */
  readonly at: (path: Path, of: "value" | "key") => Position;
}

export interface YamlError extends Position {
  readonly message: string;
}

/** Reads one YAML document. Gives its first error: what follows one is mostly its consequence. */
export function readYaml(text: string): YamlSource | YamlError {
  const position = positionsIn(text);
  const document = parseDocument(text, { prettyErrors: false, logLevel: "error" });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) return { ...position(problem.pos[0]), message: `not YAML: ${problem.message}` };
  try {
    // Through JSON, so that keys are texts and nothing shares an object with anything.
    const value = JSON.parse(JSON.stringify(document.toJS())) as unknown;
    return { value, at: (path, of) => position(offsetAt(document.contents, path, of)) };
  } catch (error) {
    return { line: 1, column: 1, message: `not YAML: ${(error as Error).message}` };
  }
}

function offsetAt(root: Node | null, path: Path, of: "value" | "key"): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const step of path) {
    const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step)) : undefined;
    const next: unknown = pair?.value ?? (isSeq(node) ? node.items[Number(step)] : undefined);
    const place = of === "key" || next === null ? (pair?.key ?? next) : next;
    if (pair === undefined && next === undefined) return offset;
    offset = rangeStart(place) ?? offset;
    node = next;
  }
  return offset;
}

function rangeStart(node: unknown): number | undefined {
  return typeof node === "object" && node !== null && "range" in node ? (node as Node).range?.[0] : undefined;
}
