import type { DiffSummary__Output as Summary, FileChange__Output as FileChange } from "../../../proto/types.ts";
import { bytesText } from "./bytes.ts";
import { span, type Line, type Role } from "./line.ts";
import { clean, pad } from "./text.ts";
import { count, hostLabel, word, type HostName } from "./words.ts";

const roles: Readonly<Record<string, Role>> = { added: "good", removed: "bad", changed: "warn", moved: "warn" };

/** One difference: "changed    +120 B  /etc/hosts  mode 644 -> 600". */
export function changeLine({ change, path, from_path, kind, bytes_before, bytes_after, detail }: FileChange): Line {
  const is = word(change);
  const end = word(kind) === "folder" ? "/" : "";
  const names = is === "moved" ? `${clean(from_path)}${end} -> ${clean(path)}${end}` : `${clean(path)}${end}`;
  return [
    span(pad(is, 7), roles[is] ?? "plain"),
    span(pad(word(kind) === "folder" ? "" : more(bytes_after - bytes_before), 12, "right"), "dim"),
    span(`  ${names}`),
    ...(detail === "" ? [] : [span(`  ${clean(detail)}`, "dim")]),
  ];
}

/** What all of it comes to. */
export function diffLines(
  { added, removed, changed, moved, bytes_before, bytes_after, complete }: Summary,
  { ctid, from, to }: { readonly ctid: number; readonly from: string; readonly to: string | null },
  shown: number,
  host: HostName,
): Line[] {
  const all = added + removed + changed + moved;
  const between = `${from} and ${to ?? "what is there now"} of ${ctid} on ${hostLabel(host)}`;
  if (all === 0) return [[span(`Nothing is different between ${between}.`)]];
  const counts = [
    [added, "added"],
    [removed, "removed"],
    [changed, "changed"],
    [moved, "moved"],
  ].flatMap(([number, what]) => (number === 0 ? [] : [`${number} ${what}`]));
  const difference = bytes_after - bytes_before;
  const size = difference === 0 ? "" : `, ${bytesText(Math.abs(difference))} ${difference > 0 ? "more" : "less"}`;
  return [
    [span(`${counts.join(", ")}${size}: between ${between}.`)],
    ...(all > shown ? [[span(`${count(all - shown, "difference")} not shown: --limit N, or --all`, "dim")]] : []),
    ...(complete ? [] : [[span("There are more differences than the agent looks at; these are the first that it came upon.", "warn")]]),
  ];
}

function more(bytes: number): string {
  if (bytes === 0) return "";
  return `${bytes > 0 ? "+" : "-"}${bytesText(Math.abs(bytes))}`;
}
