/** What differs from one time to the next, each with what is written for it. */
const changing: readonly (readonly [RegExp, string])[] = [
  // Colours and whatever else a terminal is told.
  // oxlint-disable-next-line no-control-regex
  [/\x1b\[[\d;?]*[A-Za-z]/g, ""],
  // The pages leave out that the host is simulated.
  [/ \(sim\)/g, ""],
  [/\b01[0-9A-Z]{24}\b|\b01[0-9A-Z]{2}….{4}/g, "RUN"],
  // A day, a time of day, or both.
  [/\b(\d{1,2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)( \d{4})?|\d{4}-\d\d-\d\d)( \d\d:\d\d(:\d\d)?)?\b/g, "WHEN"],
  [/\b\d\d:\d\d(:\d\d)?\b/g, "WHEN"],
  [/(less than )?\b\d+(\.\d+)? (ms|s|m|min|h|d)\b( \d+ (ms|s|m|min|h)\b)?/g, "LONG"],
  [/\b(?=[0-9a-f]*\d)[0-9a-f]{10,64}\b/g, "HASH"],
  // What a key takes, written down.
  [/\b\d+ bytes\b/g, "N bytes"],
  [/calls itself [\w-]+/g, "calls itself NAME"],
  [/\b127\.0\.0\.1:\d+/g, "ADDRESS"],
  [/\s+/g, " "],
];

/** A line without what differs from one time to the next. */
export function steady(line: string): string {
  return changing.reduce((text, [pattern, stand]) => text.replace(pattern, stand), line).trim();
}

/** The first line of a page that was not printed, in the order of the page; null when all were. More may have been printed. */
export function notPrinted(expected: readonly string[], printed: string): string | null {
  const lines = printed.split(/\r?\n|\r/).map(steady);
  let from = 0;
  for (const line of expected) {
    const at = lines.indexOf(steady(line), from);
    if (at < 0) return line;
    from = at + 1;
  }
  return null;
}
