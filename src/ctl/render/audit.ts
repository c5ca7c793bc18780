import type { AuditEntry__Output as Entry } from "../../../proto/types.ts";
import { fromTimestamp } from "../../../proto/time.ts";
import { prose, span, type Line, type Look, type Span } from "./line.ts";
import { tableWithTexts, type Column } from "./table.ts";
import { clean, cut } from "./text.ts";
import { isoTime, momentOf } from "./time.ts";
import { hostLabel, wordedRequest, type HostName } from "./words.ts";

const heads: readonly Column[] = [
  { head: "HOST" },
  { head: "NO", align: "right" },
  { head: "WHEN" },
  { head: "WHO" },
  { head: "FROM" },
  { head: "DID" },
  { head: "RESULT" },
  { head: "WITH", flexible: true },
];

/** What was done and refused, a row each. */
export function auditTable(entries: readonly Entry[], host: HostName, look: Look): Line[] {
  if (entries.length === 0) return [[span(`nothing was done or refused on ${hostLabel(host)}`)]];
  const rows = entries.map((each): Span[] => [
    span(hostLabel(host)),
    span(String(each.no)),
    span(momentOf(fromTimestamp(each.at) ?? look.now, look)),
    span(clean(each.who)),
    span(clean(each.address) || "-"),
    span(clean(methodName(each.method))),
    span(`${clean(each.result) || "unknown"}${each.times > 1 ? ` ×${each.times}` : ""}`, each.result === "OK" ? "good" : "warn"),
    span(cut(prose([argumentsOf(each), each.detail].filter((text) => text !== "").join("  "), look), 300), "dim"),
  ]);
  return tableWithTexts(heads, rows, look.width);
}

/** What it was asked with, without the request's own id, which says nothing to people and stands first. */
function argumentsOf({ arguments: given }: Entry): string {
  const text = wordedRequest(given.replace(/^\{"request_id":"[^"]*",?/, "{"));
  return text === "{}" ? "" : text;
}

/** An entry as a record; `arguments` is an object, or a text where it was cut. */
export function auditRecord({ no, at, who, fingerprint, address, method, arguments: given, result, detail, times }: Entry) {
  return {
    no,
    at: isoTime(at),
    who,
    fingerprint: fingerprint === "" ? null : fingerprint,
    address: address === "" ? null : address,
    method,
    arguments: parsed(given),
    result: result === "" ? null : result,
    detail,
    times,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** "/phoenix.v1.OrchestrationService/StartRun" is "StartRun". */
function methodName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
