import { randomUUID } from "node:crypto";
import type { ConfigVersion__Output as ConfigVersion, PushConfigResponse__Output as Pushed } from "../../../proto/types.ts";
import { ask, upload, type Host } from "../fleet/host.ts";
import type { HostName } from "../render/words.ts";
import type { Session } from "../session.ts";
import { userName } from "../user.ts";
import type { LocalConfig } from "./folder.ts";
import { piecesOf } from "./send.ts";
import { seenBy } from "./seen.ts";

/** What is said about a push. */
export interface PushFlags {
  readonly message?: string;
  readonly base?: number;
  readonly force?: boolean;
}

/** Pushes a folder on the version that its user has seen last: named, or remembered from a diff or push, or the newest. */
export async function pushTo(session: Session, host: Host, name: HostName, config: LocalConfig, flags: PushFlags): Promise<Pushed> {
  const seen = seenBy(session.io.env);
  const newest = (await newestOn(host))?.no ?? 0;
  // A host that was set up anew counts from the beginning.
  const base = flags.base ?? Math.min(newest, seen.get(config.folder, name.hostname) ?? newest);
  const commit = {
    request_id: randomUUID(),
    base,
    author: userName(session.io.env),
    message: flags.message ?? "",
    force: flags.force ?? false,
  };
  const requests = (function* () {
    yield { commit };
    for (const piece of piecesOf(config)) yield { upload: piece };
  })();
  const pushed = await upload(host, host.services.config.PushConfig, requests);
  if (pushed.version !== null) seen.put(config.folder, name.hostname, pushed.version.no);
  return pushed;
}

/** The newest version that a host has; null when it has none. */
export async function newestOn(host: Host): Promise<ConfigVersion | null> {
  return (await ask(host, host.services.config.GetConfig, {})).newest;
}
