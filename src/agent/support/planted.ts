// Secrets that the host's own files name, so that they are found wherever else they stand. Pure.
import { strike, struck } from "../domain/secret.ts";

/** Shorter ones would be found in words that have nothing to do with them. */
const shortest = 6;

/** The texts of a value that its keys say are secrets. */
export function secretsIn(value: unknown): readonly string[] {
  return [...new Set(textsStruck(value, strike(value)))].filter((text) => text.length >= shortest);
}

/** A text without these, the longest first, since one may be part of another. */
export function without(text: string, secrets: readonly string[]): string {
  return secrets.toSorted((a, b) => b.length - a.length).reduce((left, secret) => left.replaceAll(secret, struck), text);
}

/** What stood where there is nothing any more. */
function textsStruck(before: unknown, after: unknown): readonly string[] {
  if (after === struck) return textsIn(before);
  if (typeof before !== "object" || before === null || typeof after !== "object" || after === null) return [];
  return Object.entries(before).flatMap(([key, inner]) => textsStruck(inner, (after as Readonly<Record<string, unknown>>)[key]));
}

/** A PIN that is written as a number is one, too. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string" || typeof value === "number")
    return [
      String(value),
      ...String(value)
        .split("\n")
        .map((line) => line.trim()),
    ];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
