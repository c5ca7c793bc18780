import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { loadSettings, type AgentSettings } from "../config/settings.ts";
import { toFailure } from "../domain/errors.ts";
import { strike, strikeText } from "../domain/secret.ts";
import { writeArchive, type Part } from "./archive.ts";
import { lookAt, manifestValue, settingsValue, sourcesOf } from "./collect.ts";
import { secretsIn, without } from "./planted.ts";

/** What came of looking at a part. */
interface Looked {
  readonly part: Part;
  readonly what: string;
  /** null: it is in the archive. */
  readonly missing: string | null;
}

/** Gathers what somebody needs who is to help, and writes it into one file. Says what is in it. Throws Fault when the file can't be written. */
export async function makeBundle(
  settingsFile: string,
  given: string | undefined,
  host: string,
  say: (line: string) => void,
): Promise<void> {
  const now = new Date();
  const stem = `phoenix-support-${host}-${now.toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "-")}`;
  const file = resolve(given ?? `${stem}.tar.gz`);
  const settings = attempt(() => loadSettings(settingsFile));
  const secrets = knownSecrets(settingsFile, settings.value);
  const clean = (text: string) => without(strikeText(text), secrets);
  const all: Looked[] = [];
  for (const source of sourcesOf(settingsFile, settings.value)) {
    const found = await lookAt(source);
    const text = found.known ? textOf(found.value, clean) : "";
    all.push({ part: { name: source.name, text }, what: source.what, missing: found.known ? null : clean(found.why) });
  }
  const there = all.filter(({ missing }) => missing === null);
  const lost = [
    ...all.flatMap(({ part, missing }) => (missing === null ? [] : [`${part.name}: ${missing}`])),
    ...(settings.why === null ? [] : [`everything that needs settings: ${clean(settings.why)}`]),
  ];
  const contents = there.map(({ part, what }) => `  ${part.name.padEnd(14)}  ${what}`);
  const readme: Part = { name: "README.txt", text: readmeOf(host, now, contents, lost) };
  const { bytes } = writeArchive(file, stem, [readme, ...there.map(({ part }) => part)], now.getTime());
  say(`${file}: ${Math.ceil(bytes / 1024)} KiB, for you alone to read.`);
  for (const line of contents) say(line);
  for (const line of lost) say(`  not in it: ${line}`);
  say("Secrets were struck where they could be told by their names and shapes. Look through it before you give it away.");
}

/** Data keeps its shape: struck first by its keys, then each of its texts. */
function textOf(value: unknown, clean: (text: string) => string): string {
  if (typeof value === "string") return clean(value);
  return `${JSON.stringify(strike(plain(value)), (_, inner: unknown) => (typeof inner === "string" ? clean(inner) : inner), 2)}\n`;
}

/** As JSON has it: without what `strike` would take for other things. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null)) as unknown;
}

/** What settings, manifest and the secret of notifications have: they may stand elsewhere without a name. */
function knownSecrets(settingsFile: string, settings: AgentSettings | null): readonly string[] {
  const values = [
    attempt(() => settingsValue(settingsFile)).value,
    settings === null ? null : attempt(() => manifestValue(settings.manifest)).value,
    {
      secret:
        settings === null || settings.notify === null
          ? null
          : attempt(() => readFileSync(settings.notify?.secret_file ?? "", "utf8").trim()).value,
    },
    { secret: settings?.notify === null || settings === null ? null : new URL(settings.notify.url).pathname.slice(1) },
  ];
  return [...new Set(values.flatMap(secretsIn))];
}

function attempt<T>(look: () => T): { readonly value: T; readonly why: null } | { readonly value: null; readonly why: string } {
  try {
    return { value: look(), why: null };
  } catch (thrown) {
    return { value: null, why: toFailure(thrown).message };
  }
}

function readmeOf(host: string, at: Date, contents: readonly string[], lost: readonly string[]): string {
  return [
    `What phoenix-agent on ${host} looked like at ${at.toISOString()}.`,
    "",
    ...contents,
    ...(lost.length === 0 ? [] : ["", "What could not be had:", "", ...lost.map((line) => `  ${line}`)]),
    "",
    "Secrets were struck (…) where they could be told: under names such as password, token and secret, everything in a map",
    "called env, what has the shape of a known token or private key, and wherever one of those stands again.",
    "",
  ].join("\n");
}
