import { existsSync } from "node:fs";
import type { ConfigReport__Output as ConfigReport, ConfigVersion__Output as ConfigVersion } from "../../../proto/types.ts";
import { complaint } from "../complaint.ts";
import { readFolder } from "../config/folder.ts";
import { piecesOf } from "../config/send.ts";
import { seenBy } from "../config/seen.ts";
import { exit } from "../exit.ts";
import { ask, upload } from "../fleet/host.ts";
import { withHost } from "../fleet/with-host.ts";
import { configVersion } from "../parse.ts";
import { differenceLines, meaningLines, problemLines, versionText } from "../render/config.ts";
import { reportRecord, versionRecord } from "../render/config-json.ts";
import { hostRecord } from "../render/json.ts";
import { span, type Line } from "../render/line.ts";
import { clean } from "../render/text.ts";
import { hostLabel, type HostName } from "../render/words.ts";
import type { Globals, Session } from "../session.ts";

/** Says what a folder, or a version, would change on the host; or what differs between two versions. Changes nothing. */
export async function configDiff(session: Session, _flags: Globals, first: string, second?: string): Promise<number> {
  const [from, to] = second === undefined ? [0, versionIn(first)] : [versionIn(first), versionIn(second)];
  if (second === undefined && (to === null || existsSync(first))) return diffFolder(session, first);
  if (from === null || to === null)
    throw complaint(exit.usage, `expected a folder, a version, or two versions, not ${first} ${second ?? ""}`.trimEnd());
  return withHost(session, "config diff", async (host, name) => {
    const answer = await ask(host, host.services.config.CompareConfig, { from, to });
    return say(session, name, answer.report, answer.from, (look) => versionText(answer.to, look), "");
  });
}

/** null when it is none. */
function versionIn(text: string): number | null {
  try {
    return configVersion(text);
  } catch {
    return null;
  }
}

async function diffFolder(session: Session, folder: string): Promise<number> {
  const config = readFolder(folder);
  return withHost(session, `config diff ${folder}`, async (host, name) => {
    const requests = (function* () {
      for (const piece of piecesOf(config)) yield { upload: piece };
    })();
    const { report, newest } = await upload(host, host.services.config.CheckConfig, requests);
    // Whoever has looked at the difference knows what a push would replace.
    if (newest !== null) seenBy(session.io.env).put(folder, name.hostname, newest.no);
    return say(session, name, report, newest, () => clean(folder), config.manifest);
  });
}

async function say(
  session: Session,
  name: HostName,
  report: ConfigReport | null,
  from: ConfigVersion | null,
  to: (look: ReturnType<Session["look"]>) => string,
  manifest: string,
): Promise<number> {
  if (report === null) return exit.failed;
  const record = { ...hostRecord(name), from: from && versionRecord(from), ...reportRecord(report) };
  if (session.output === "ndjson") session.record(record);
  else if (session.output !== "table") await session.document(record);
  else session.print(lines(session, name, report, from, to, manifest));
  if (report.problems.some(({ error }) => error) || report.blockers.length > 0) return exit.refused;
  return report.changes.length > 0 ? exit.pending : exit.done;
}

function lines(
  session: Session,
  name: HostName,
  report: ConfigReport,
  from: ConfigVersion | null,
  to: (look: ReturnType<Session["look"]>) => string,
  manifest: string,
): Line[] {
  const look = session.look();
  const problems = problemLines(
    report.problems.filter(({ error }) => error || !session.quiet),
    manifest || "manifest",
  );
  const head: Line = [span(hostLabel(name), "strong"), span(` · ${versionText(from, look)} -> ${to(look)}`)];
  if (report.changes.length === 0) return [head, ...problems, [span("Nothing differs.")]];
  return [head, ...problems, ...meaningLines(report, look), ...differenceLines(report.changes)];
}
