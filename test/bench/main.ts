// Measures the built executables beside what they are built on, each pair interleaved in one run. Prints tables, keeps the raw
// figures as JSON, and with --write puts the tables into docs/performance.md. See there.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { machine, machineText } from "./support/machine.ts";
import { markdown, type Section, type Size } from "./support/report.ts";

const sections: Readonly<Record<string, (size: Size) => Promise<Section>>> = {
  a: async (size) => (await import("./sections/letsgo.ts")).letsgo(size),
  b: async (size) => (await import("./sections/pct.ts")).pctLetsgo(size),
  c: async (size) => (await import("./sections/startup.ts")).startup(size),
  d: async (size) => (await import("./sections/rpc.ts")).rpc(size),
  e: async (size) => (await import("./sections/scale.ts")).scale(size),
  f: async (size) => (await import("./sections/makespan.ts")).makespan(size),
  g: async (size) => (await import("./sections/fleet.ts")).fleet(size),
};

const page = "docs/performance.md";
const usage = `npm run bench -- [--only ${Object.keys(sections).join(",")}] [--short] [--json FILE] [--write]`;

const { values: flags } = parseArgs({
  options: {
    only: { type: "string", default: Object.keys(sections).join(",") },
    short: { type: "boolean", default: false },
    json: { type: "string", default: ".cache/bench/latest.json" },
    write: { type: "boolean", default: false },
  },
});
const wanted = flags.only.split(",");
const unknown = wanted.filter((letter) => !Object.hasOwn(sections, letter));
if (unknown.length > 0) {
  console.error(`phoenix: there is no part ${unknown.join(", ")}: ${usage}`);
  process.exit(2);
}

const size: Size = flags.short ? { form: "short", pick: (short) => short } : { form: "full", pick: (_, full) => full };
const began = performance.now();
const before = machine();
const done: Section[] = [];
for (const letter of wanted) {
  const section = await sections[letter]?.(size);
  if (section === undefined) continue;
  done.push(section);
  console.log(`\n${markdown(section)}`);
}
const after = machine();
const busier = after.load > before.load ? after : before;
const seconds = Math.round((performance.now() - began) / 1000);
console.log(`${machineText(busier)} ${seconds} s.`);

mkdirSync(dirname(flags.json), { recursive: true });
writeFileSync(
  flags.json,
  `${JSON.stringify({ at: new Date().toISOString(), form: size.form, machine: busier, sections: done }, null, 1)}\n`,
);
if (flags.write) writePage();

/** Each section has a place of its own in the page, so that some can be measured again. */
function writePage(): void {
  let text = readFileSync(page, "utf8");
  const day = new Date().toISOString().slice(0, 10);
  for (const section of done) {
    const [open, close] = [`<!-- ${section.letter} -->`, `<!-- end of ${section.letter} -->`];
    const [from, to] = [text.indexOf(open), text.indexOf(close)];
    if (from < 0 || to < from) throw new Error(`${page} has no place for ${section.letter}: ${open} … ${close}`);
    text = `${text.slice(0, from)}${open}\n\n${markdown(section)}\n${day}: ${machineText(busier)}\n\n${text.slice(to)}`;
  }
  writeFileSync(page, text);
}
process.exit(0);
