import { readFolder } from "../config/folder.ts";
import { piecesOf } from "../config/send.ts";
import { exit } from "../exit.ts";
import { ask, upload } from "../fleet/host.ts";
import { withHost } from "../fleet/with-host.ts";
import { countsOf, passedLines, problemLines, versionText } from "../render/config.ts";
import { versionRecord } from "../render/config-json.ts";
import { hostRecord } from "../render/json.ts";
import { span, prose, type Line } from "../render/line.ts";
import { hostLabel } from "../render/words.ts";
import type { Globals, Session } from "../session.ts";

/** Says what is wrong with a folder, by the rules of the host; without one, with what the host has. Changes nothing. */
export async function configCheck(session: Session, _flags: Globals, folder?: string): Promise<number> {
  if (folder !== undefined) return checkFolder(session, folder);
  return withHost(session, "config check", async (host, name) => {
    const { problems, trouble, current, manifest } = await ask(host, host.services.config.GetConfig, {});
    const bad = trouble !== "" || problems.some(({ error }) => error);
    const record = {
      ...hostRecord(name),
      current: current && versionRecord(current),
      trouble,
      problems: problems.map((each) => ({ ...each })),
    };
    if (session.output === "ndjson") session.record(record);
    else if (session.output !== "table") await session.document(record);
    else {
      const look = session.look();
      const last: Line[] =
        trouble === ""
          ? session.quiet
            ? []
            : [[span(`${hostLabel(name)}: ${versionText(current, look)}; ${countsOf(problems)}`)]]
          : [[span(`${hostLabel(name)}: ${prose(trouble, look)}`, "bad")]];
      session.print([...problemLines(problems, manifest), ...last]);
    }
    return bad ? exit.failed : exit.done;
  });
}

async function checkFolder(session: Session, folder: string): Promise<number> {
  const config = readFolder(folder);
  return withHost(session, `config check ${folder}`, async (host, name) => {
    const requests = (function* () {
      for (const piece of piecesOf(config)) yield { upload: piece };
    })();
    const { report } = await upload(host, host.services.config.CheckConfig, requests);
    const problems = report?.problems ?? [];
    const record = { ...hostRecord(name), folder, problems: problems.map((each) => ({ ...each })), not_sent: config.passed };
    if (session.output === "ndjson") session.record(record);
    else if (session.output !== "table") await session.document(record);
    else {
      const summary: Line[] = session.quiet
        ? []
        : [
            ...passedLines(config.passed, session.look()),
            [span(`${config.files.length} files, by the rules of ${hostLabel(name)}: ${countsOf(problems)}`)],
          ];
      session.print([...problemLines(problems, config.manifest), ...summary]);
    }
    return problems.some(({ error }) => error) ? exit.failed : exit.done;
  });
}
