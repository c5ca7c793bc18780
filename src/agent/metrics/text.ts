import { families, type Name, type Samples, type Spread } from "./families.ts";

/** What a scrape is told the text is. */
export const contentType = "text/plain; version=0.0.4; charset=utf-8";

/** All metrics in Prometheus's text format, which is so small that a library for it would be larger than its use. Pure. */
export function toText(samples: Samples): string {
  return (Object.keys(families) as Name[]).map((name) => familyText(name, samples)).join("");
}

function familyText(name: Name, samples: Samples): string {
  const { type, help } = families[name];
  const lines = samples[name].flatMap((each) =>
    "counts" in each ? spreadLines(name, each) : [`${name}${labelText(each.labels)} ${numberText(each.value)}`],
  );
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ""].join("\n");
}

/** Buckets are told cumulated, each with those that are shorter. */
function spreadLines(name: Name, { labels, counts, sum }: Spread): string[] {
  const family = families[name];
  const bounds = [...("buckets" in family ? family.buckets : []).map(numberText), "+Inf"];
  let all = 0;
  const buckets = bounds.map((le, at) => `${name}_bucket${labelText({ ...labels, le })} ${(all += counts[at] ?? 0)}`);
  return [...buckets, `${name}_sum${labelText(labels)} ${numberText(sum)}`, `${name}_count${labelText(labels)} ${all}`];
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** Sums of times have more digits than anybody has measured. */
function numberText(value: number): string {
  return String(Math.round(value * 1e6) / 1e6);
}
