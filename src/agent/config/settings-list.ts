import { settingsShape } from "./settings-shape.ts";
import { settingWords } from "./settings-words.ts";
import { isObject } from "./shape.ts";

/** A setting, for whoever has to write one. */
export interface Setting {
  readonly path: string;
  /** As YAML; null when there is none. */
  readonly fallback: string | null;
  readonly words: string;
}

/** All settings, in the order in which they are explained. */
export function settingsList(): readonly Setting[] {
  const defaults = flat(settingsShape.parse({ driver: "lxc" }));
  return Object.entries(settingWords).map(([path, words]) => ({
    path,
    fallback: path === "driver" ? null : (defaults.get(path) ?? null),
    words,
  }));
}

/** The paths of everything that agent.yaml can say; a group's settings each, a list as one. */
export function settingPaths(): readonly string[] {
  return paths(settingsShape, "");
}

interface Looked {
  readonly _zod?: {
    readonly def: {
      readonly type: string;
      readonly out?: Looked;
      readonly innerType?: Looked;
      readonly shape?: Readonly<Record<string, Looked>>;
    };
  };
}

function paths(shape: Looked, prefix: string): string[] {
  const def = shape._zod?.def;
  const inner = def?.out ?? def?.innerType;
  if (def?.shape !== undefined) {
    return Object.entries(def.shape).flatMap(([key, value]) => paths(value, prefix === "" ? key : `${prefix}.${key}`));
  }
  return inner === undefined ? [prefix] : paths(inner, prefix);
}

function flat(value: Record<string, unknown>, prefix = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, inner] of Object.entries(value)) {
    const path = prefix === "" ? key : `${prefix}.${key}`;
    if (isObject(inner)) for (const [deeper, text] of flat(inner, path)) found.set(deeper, text);
    // An empty text says that there is none.
    if (inner !== "") found.set(path, typeof inner === "string" ? inner : JSON.stringify(inner));
  }
  return found;
}
