import type { Type } from "protobufjs";
import { isEmpty } from "./describe.ts";

/** The fields that a message of this type sends, those of messages in it too, as MESSAGE.FIELD. */
export function fieldsOf(type: Type, message: object): string[] {
  const values = message as Readonly<Record<string, unknown>>;
  return type.fieldsArray.flatMap((field) => {
    const value = values[field.name];
    if (isEmpty(value)) return [];
    const inside = field.resolve().resolvedType;
    const parts = inside !== null && "fieldsArray" in inside && !field.map ? [value].flat() : [];
    return [`${type.name}.${field.name}`, ...parts.flatMap((part) => fieldsOf(inside as Type, part as object))];
  });
}
