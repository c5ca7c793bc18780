/**
 * Which of these names was meant by a word that is none of them; null when none is near. A word may have a slip for every third of its
 * letters, but two at most.
 */
export function nearest(word: string, names: readonly string[]): string | null {
  const slips = Math.min(2, Math.round(word.length / 3));
  return names.find((name) => name.startsWith(word) || isNear(word, name, slips)) ?? null;
}

/** Whether a word becomes another one by so many letters at most that are left out, put in, changed, or swapped with the next. */
function isNear(a: string, b: string, slips: number): boolean {
  if (slips < 0) return false;
  if (a === "" || b === "") return a.length + b.length <= slips;
  if (a[0] === b[0]) return isNear(a.slice(1), b.slice(1), slips);
  const swapped = a[0] === b[1] && a[1] === b[0] && isNear(a.slice(2), b.slice(2), slips - 1);
  return swapped || [a.slice(1), a].some((rest) => isNear(rest, b.slice(1), slips - 1)) || isNear(a.slice(1), b, slips - 1);
}
