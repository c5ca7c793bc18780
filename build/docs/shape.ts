import type * as z from "zod";

/** A place in a document that a shape describes. */
export interface Place {
  /** Keys with dots between them; "[]" stands for every item of a list: volumes[].name. */
  readonly path: string;
  /** What is accepted there, in words. */
  readonly expected: string;
  /** As JSON; null when there is none. */
  readonly fallback: string | null;
  readonly need: "required" | "optional";
}

/** What zod tells of itself, as far as it is looked at here. */
interface Looked extends z.ZodType {
  readonly def: {
    readonly type: string;
    readonly in?: Looked;
    readonly out?: Looked;
    readonly innerType?: Looked;
    readonly element?: Looked;
    readonly shape?: Readonly<Record<string, Looked>>;
    readonly defaultValue?: unknown;
  } & z.ZodType["def"];
}

/** Every place in a document of this shape, in its order; a list of objects is followed by the keys of its items. */
export function placesIn(shape: z.ZodType): readonly Place[] {
  return inside(shape, "");
}

function inside(shape: Looked, prefix: string): readonly Place[] {
  return Object.entries(keysOf(shape)).flatMap(([key, value]) => at(value, prefix === "" ? key : `${prefix}.${key}`));
}

function at(shape: Looked, path: string): readonly Place[] {
  const { bare, fallback, need } = peeled(shape);
  const keys = keysOf(bare);
  // A group of settings says nothing that its settings don't.
  if (bare.def.type === "pipe" && Object.keys(keys).length > 0) return inside(bare, path);
  const items = bare.def.element === undefined ? [] : inside(bare.def.element, `${path}[]`);
  return [{ path, expected: expectedBy(bare), fallback, need }, ...items, ...inside(bare, path)];
}

/** Without what says that it may be left out. */
function peeled(shape: Looked): { readonly bare: Looked } & Pick<Place, "fallback" | "need"> {
  const { type, innerType, defaultValue } = shape.def;
  if (innerType === undefined) return { bare: shape, fallback: null, need: "required" };
  return { ...peeled(innerType), fallback: type === "default" ? JSON.stringify(defaultValue) : null, need: "optional" };
}

function keysOf(shape: Looked): Readonly<Record<string, Looked>> {
  return shape.def.shape ?? (shape.def.out === undefined ? {} : keysOf(shape.def.out));
}

/** What a shape says about something that can be nowhere right. */
function expectedBy(shape: Looked): string {
  const [issue] = shape.safeParse(Symbol("nothing")).error?.issues ?? [];
  return (issue?.message ?? "").replace(/^expected /, "").replace(/ \(it is not a text\)$/, "");
}
