import { ownZone } from "../../src/agent/schedule/cron.ts";
import { settingWords } from "../../src/agent/config/settings-words.ts";
import { settingsShape } from "../../src/agent/config/settings-shape.ts";
import { containerShape } from "../../src/agent/config/container-shape.ts";
import { reasons } from "../../src/agent/domain/errors.ts";
import { runEventKinds, saidKinds } from "../../src/agent/domain/event.ts";
import { codes } from "../../src/agent/api/errors.ts";
import { status } from "@grpc/grpc-js";
import { manifestWords, scheduleWords } from "./manifest-words.ts";
import { cell, code, table } from "./markdown.ts";
import { reasonWords } from "./reason-words.ts";
import { placesIn, type Place } from "./shape.ts";

/** Every setting of agent.yaml. */
export function settingTable(): string {
  return placeTable("setting", placesIn(settingsShape), wordsOfSetting);
}

/** Every key of a container in the manifest. */
export function manifestTable(): string {
  const places = new Set(placesIn(containerShape).map(({ path }) => path));
  const stale = Object.keys(manifestWords).filter((path) => !places.has(path));
  if (stale.length > 0) throw new Error(`build/docs/manifest-words.ts has words for what is no key: ${stale.join(", ")}`);
  return placeTable("key", placesIn(containerShape), (path) => manifestWords[path]);
}

/** Every reason that an error can have. */
export function reasonTable(): string {
  const rows = reasons.map((reason) => {
    const { means, todo } = reasonWords[reason];
    // An anchor each, so that other pages can point at it.
    return [`<a id="${reason.toLowerCase()}"></a>${code(reason)}`, means, todo, code(status[codes[reason]])];
  });
  return table(["reason", "what it means", "what to do", "gRPC"], rows);
}

/** Every kind of event. */
export function eventTable(): string {
  return table(
    ["kind", "when"],
    Object.entries({ ...runEventKinds, ...saidKinds }).map(([kind, words]) => [code(kind), cell(words)]),
  );
}

function wordsOfSetting(path: string): string | undefined {
  const [, key = ""] = path.split("[].");
  return settingWords[path] ?? scheduleWords[path] ?? scheduleWords[key];
}

function placeTable(title: string, places: readonly Place[], wordsOf: (path: string) => string | undefined): string {
  const rows = places.map(({ path, expected, fallback, need }) => {
    const words = wordsOf(path);
    if (words === undefined) throw new Error(`${title} ${path} has no words yet: give it some in build/docs/manifest-words.ts`);
    return [code(path), cell(expected), need === "required" ? "must be said" : defaultOf(path, fallback), cell(words)];
  });
  return table([title, "takes", "default", "what it is"], rows);
}

function defaultOf(path: string, fallback: string | null): string {
  // This machine's is not the reader's.
  if (path.endsWith("time_zone") && fallback === JSON.stringify(ownZone())) return "the host's";
  return fallback === null || fallback === '""' || fallback === "[]" || fallback === "{}" ? "" : code(fallback.replace(/^"(.*)"$/, "$1"));
}
