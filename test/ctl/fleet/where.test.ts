import { whereIs, type Having } from "../../../src/ctl/fleet/where.ts";

test.each<[string, "one of" | "chosen", readonly Having[], object]>([
  ["one has it", "one of", ["none", "there", "none"], { kind: "on", places: [1] }],
  ["two have it", "one of", ["there", "none", "there"], { kind: "several", places: [0, 2] }],
  ["both that were chosen have it", "chosen", ["there", "there"], { kind: "on", places: [0, 1] }],
  ["one of those that were chosen has it", "chosen", ["none", "there"], { kind: "on", places: [1] }],
  ["it exists on one, others share its manifest", "one of", ["listed", "there", "listed"], { kind: "on", places: [1] }],
  ["it exists nowhere, and one manifest has it", "one of", ["none", "listed"], { kind: "on", places: [1] }],
  ["it exists nowhere, and two manifests have it", "one of", ["listed", "listed"], { kind: "several", places: [0, 1] }],
  ["it exists on one, another is silent", "one of", ["there", "silent"], { kind: "on", places: [0] }],
  ["a manifest has it, another is silent", "one of", ["listed", "silent"], { kind: "unsure", places: [0], silent: [1] }],
  ["the manifest of one that was chosen has it", "chosen", ["listed", "silent"], { kind: "on", places: [0] }],
  ["nobody has it", "one of", ["none", "none"], { kind: "nowhere", silent: [] }],
  ["nobody who answers has it", "one of", ["none", "silent"], { kind: "nowhere", silent: [1] }],
])("%s", (_, kind, havings, expected) => {
  expect(
    whereIs(
      havings.map((having, index) => [index, having] as const),
      kind,
    ),
  ).toEqual(expected);
});
