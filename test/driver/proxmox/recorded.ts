import { records } from "../../support/pct/replay/records.ts";

/** The texts of N.conf that are among them. */
export const recordedConfs: readonly { readonly name: string; readonly text: string }[] = records.flatMap((record, at) => {
  const [program, path = ""] = record.argv;
  return program === "cat" && path.endsWith(".conf") && record.exit_code === 0
    ? [{ name: `#${at} ${record.note ?? ""}`.trim(), text: record.stdout ?? "" }]
    : [];
});

/** What pct said when it failed, each text once. Of push, pull and template stderr alone tells that they did. */
export const recordedErrors: readonly { readonly call: string; readonly stderr: string }[] = [
  ...new Map(
    records.flatMap(({ argv, exit_code, stderr = "" }) => {
      const [program = "", command = ""] = argv;
      const failed = exit_code !== 0 || command === "push" || command === "pull";
      const counts = (program === "pct" && command !== "exec") || stderr.includes("not running!") || program === "pvesh";
      return failed && counts && stderr.trim() !== "" ? [[stderr, { call: argv.join(" "), stderr }] as const] : [];
    }),
  ).values(),
];
