import * as z from "zod";
import { nearest } from "../../near.ts";
import { containerShape } from "./container-shape.ts";
import { warning, type Finding } from "./rules/rule.ts";
import { isObject, type Path } from "./shape.ts";

/**
 * Keys of a container's part of the manifest that may be slips for known ones. Unknown keys are the users' own, for their scripts: only
 * one that is near to a known key that is not given is told.
 */
export function unknownKeys(raw: Readonly<Record<string, unknown>>): readonly Finding[] {
  return slips(containerShape, raw, []);
}

function slips(shape: z.core.$ZodType, value: unknown, path: Path): readonly Finding[] {
  if (shape instanceof z.ZodOptional || shape instanceof z.ZodDefault) return slips(shape.unwrap(), value, path);
  if (shape instanceof z.ZodArray)
    return Array.isArray(value) ? value.flatMap((item: unknown, index) => slips(shape.element, item, [...path, index])) : [];
  if (!(shape instanceof z.ZodObject) || !isObject(value)) return [];
  const known: Readonly<Record<string, z.core.$ZodType>> = shape.shape;
  const missing = Object.keys(known).filter((key) => !Object.hasOwn(value, key));
  return Object.entries(value).flatMap(([key, inner]) => {
    const of = Object.hasOwn(known, key) ? known[key] : undefined;
    if (of !== undefined) return slips(of, inner, [...path, key]);
    const meant = key.length < 3 ? null : nearest(spelled(key), missing);
    return meant === null
      ? []
      : [warning([...path, key], `Phoenix knows no such key, and leaves it to your scripts; did you mean ${meant}?`)];
  });
}

/** A key in the manner of the known ones: memoryMb is memory_mb. */
function spelled(key: string): string {
  return key
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll("-", "_")
    .toLowerCase();
}
