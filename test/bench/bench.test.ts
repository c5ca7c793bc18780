// That the benchmark works, never how fast anything is. Two of its parts, for the others take long even in the short form.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { markdown, row, type Section } from "./support/report.ts";

test("the short form measures, and keeps the figures", () => {
  const folder = mkdtempSync(join(tmpdir(), "phoenix-bench-test-"));
  try {
    const file = join(folder, "figures.json");
    const args = ["--disable-warning=ExperimentalWarning", "test/bench/main.ts", "--short", "--only", "c,f,g", "--json", file];
    const done = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect(done.stderr).toBe("");
    const { sections } = JSON.parse(readFileSync(file, "utf8")) as { sections: readonly Section[] };
    const measured = sections.filter(({ rows }) => rows.length > 0).map(({ letter }) => letter);
    expect(measured).toEqual(["c", "f", "g"]);
    for (const { rows } of sections) {
      for (const { what, ours } of rows) expect([what, ours.length > 0 && ours.every(Number.isFinite)]).toEqual([what, true]);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 400_000);

test("a part that does not exist is refused", () => {
  const done = spawnSync(process.execPath, ["test/bench/main.ts", "--only", "c,x"], { encoding: "utf8" });
  expect([done.status, done.stderr.split("\n")[0]]).toEqual([2, expect.stringContaining("there is no part x")]);
});

test("a table has medians, ratios round by round, and whether goals are reached", () => {
  const beside = { what: "sh", theirs: [100, 50, 200] };
  const rows = [
    row("ours", "ms", [150, 100, 220], { beside, goal: { at: "most", value: 1.4 } }),
    row("calls", "/s", [12_345], { goal: { at: "least", value: 1000 } }),
  ];
  expect(markdown({ letter: "x", title: "A part", rows, notes: ["Said."] }).split("\n")).toEqual([
    "### x. A part",
    "",
    "|  | median (8 of 10) | beside | median (8 of 10) | ratio (8 of 10) | goal |  |",
    "| --- | ---: | --- | ---: | ---: | ---: | ---: |",
    "| ours | 150 ms (100 – 220) | sh | 100 ms (50 – 200) | 1.5 × (1.1 – 2) | ≤ 1.4 × | not reached |",
    "| calls | 12,345 /s |  |  |  | ≥ 1,000 /s | reached |",
    "",
    "- Said.",
    "",
  ]);
});
