// A request as it may be shown to others: what was asked for, without what must stay secret.
import type { Field, Type } from "protobufjs";

/** What may be shown of a value. */
export type Shown = string | number | boolean | readonly Shown[] | { readonly [name: string]: Shown };

const longestText = 200;
const longestList = 20;
const hidden = "…";

/** A message of this type as plain data. Fields that say debug_redact are hidden (of a map, the values), bytes are counted, and what is long is cut. */
export function describe(type: Type, message: object): { readonly [name: string]: Shown } {
  const values = message as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    type.fieldsArray.flatMap((field) => {
      const value = values[field.name];
      return isEmpty(value) ? [] : [[field.name, shownField(field, value)] as const];
    }),
  );
}

/** Whether a field with this value is not sent. */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === 0 || value === false) return true;
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function shownField(field: Field, value: unknown): Shown {
  field.resolve();
  const secret = field.options?.["debug_redact"] === true;
  if (field.map) {
    const entries = Object.entries(value as Readonly<Record<string, unknown>>);
    return Object.fromEntries(entries.slice(0, longestList).map(([key, each]) => [cut(key), secret ? hidden : shownOne(field, each)]));
  }
  if (secret) return hidden;
  if (!field.repeated) return shownOne(field, value);
  const list = value as readonly unknown[];
  const shown = list.slice(0, longestList).map((each) => shownOne(field, each));
  return list.length > longestList ? [...shown, `${hidden} ${list.length - longestList} more`] : shown;
}

function shownOne(field: Field, value: unknown): Shown {
  const type = field.resolvedType;
  if (type !== null && "fieldsArray" in type) return describe(type, value as object);
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return typeof value === "number" || typeof value === "boolean" ? value : cut(String(value));
}

function cut(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)}${hidden}`.toWellFormed() : text.toWellFormed();
}
