import { randomUUID } from "node:crypto";
import type { PushConfigResponse__Output as Pushed } from "../../../proto/types.ts";
import { readFolder } from "../config/folder.ts";
import { newestOn, pushTo, type PushFlags } from "../config/push.ts";
import { exit } from "../exit.ts";
import { ask } from "../fleet/host.ts";
import { withHost } from "../fleet/with-host.ts";
import { countsOf, meaningLines, problemLines, versionText } from "../render/config.ts";
import { reportRecord, versionRecord } from "../render/config-json.ts";
import { hostRecord } from "../render/json.ts";
import { prose, span, type Line } from "../render/line.ts";
import { hostLabel, type HostName } from "../render/words.ts";
import type { Globals, Session } from "../session.ts";
import { userName } from "../user.ts";

/** Puts a folder into force on the host, whole or not at all. */
export async function configPush(session: Session, flags: Globals & PushFlags, folder: string): Promise<number> {
  const config = readFolder(folder);
  return withHost(session, `push of ${folder}`, async (host, name) =>
    sayPushed(session, name, await pushTo(session, host, name, config, flags), config.manifest),
  );
}

/** Puts what an older version had into force, as a new version. */
export async function configRevert(session: Session, flags: Globals & PushFlags, to: number): Promise<number> {
  return withHost(session, `revert to version ${to}`, async (host, name) => {
    const commit = {
      request_id: randomUUID(),
      base: flags.base ?? (await newestOn(host))?.no ?? 0,
      author: userName(session.io.env),
      message: flags.message ?? "",
      force: flags.force ?? false,
    };
    const reverted = await ask(host, host.services.config.RevertConfig, { commit, to });
    return sayPushed(session, name, reverted, `version ${to}`);
  });
}

/** Says what came of a push, and gives the exit code. */
export async function sayPushed(session: Session, name: HostName, pushed: Pushed, manifest: string): Promise<number> {
  const { version, unchanged, report, unwritten } = pushed;
  const record = {
    ...hostRecord(name),
    version: version && versionRecord(version),
    unchanged,
    unwritten,
    report: report && reportRecord(report),
  };
  if (session.output === "ndjson") session.record(record);
  else if (session.output !== "table") await session.document(record);
  else if (version === null) session.printError(refusedLines(session, name, pushed, manifest));
  else if (!session.quiet || unwritten !== "") session.print(doneLines(session, name, pushed, manifest));
  if (version === null) return exit.refused;
  return unwritten === "" ? exit.done : exit.failed;
}

function refusedLines(session: Session, name: HostName, { report }: Pushed, manifest: string): Line[] {
  const problems = report?.problems ?? [];
  const why = problems.some(({ error }) => error) ? countsOf(problems) : "a container that runs would be dropped";
  return [
    ...problemLines(problems, manifest),
    ...(report === null ? [] : meaningLines({ ...report, plans: [], changes: [] }, session.look())),
    [span(`The push to ${hostLabel(name)} is refused: ${why}. Nothing was changed.`)],
  ];
}

function doneLines(session: Session, name: HostName, { version, unchanged, report, unwritten }: Pushed, manifest: string): Line[] {
  const look = session.look();
  if (unchanged) return [[span(`${hostLabel(name)} has it already: ${versionText(version, look)}.`)]];
  return [
    ...problemLines(report?.problems ?? [], manifest),
    ...(report === null ? [] : meaningLines({ ...report, blockers: [] }, look)),
    [span(`${hostLabel(name)} has ${versionText(version, look)}. In force for every run that begins from now on.`)],
    ...(unwritten === ""
      ? []
      : [[span(`It can't be written to the host's disk yet, and is tried again: ${prose(unwritten, look)}`, "bad")] as Line]),
  ];
}
