import { clean } from "./text.ts";

/** The host that answers, and the driver that it answers with. */
export interface HostName {
  readonly hostname: string;
  readonly driver: string;
}

/** How a host is named. A simulation says so, always. */
export function hostLabel({ hostname, driver }: HostName): string {
  return driver === "sim" ? `${clean(hostname)} (sim)` : clean(hostname);
}

const prefix =
  /^(RUN_KIND|RUN_STATE|ON_FAILURE|POWER|CONTAINER_STATE|CONFIG_CAUSE|CONFIG_PLACE|BOOT_WAIT|BOOT_OWNER|ROLE|HEALTH|SNAPSHOT_ORIGIN|CHANGE_KIND|FILE_KIND|OUTPUT_STREAM|EVENT_LEVEL|FINDING_LEVEL|GPU_UNTIL)_/;

/**
 * An enum value as a word: RUN_KIND_LETSGO is "letsgo", an unspecified one "unknown". So is one that only a newer agent has a name for:
 * that arrives as a number, which the types don't say.
 */
export function word(value: string | number): string {
  if (typeof value === "number") return "unknown";
  const bare = value.replace(prefix, "").toLowerCase().replaceAll("_", "-");
  return bare === "unspecified" ? "unknown" : bare;
}

/** A request as JSON, also one that is cut: enum values are words in it, and those that say nothing are left out. */
export function wordedRequest(json: string): string {
  return json
    .replaceAll(/"\w+":"[A-Z_]+_UNSPECIFIED"(,|(?=\}))/g, "")
    .replaceAll(",}", "}")
    .replaceAll(/"\w+":\{\}(,|(?=\}))/g, "")
    .replaceAll(",}", "}")
    .replaceAll(/(?<=[:,[])"([A-Z]+(?:_[A-Z]+)+)"/g, (quoted, value: string) => (prefix.test(value) ? `"${word(value)}"` : quoted));
}

/** A stable reason as words: SNAPSHOT_NOT_NEWEST is "snapshot not newest". */
export function reasonWords(reason: string): string {
  return clean(reason).toLowerCase().replaceAll("_", " ");
}

/** "01K4…7QXZ": enough of a run's id to tell it from others. The client takes it as an id. */
export function shortRun(id: string): string {
  return id.length <= 9 ? clean(id) : clean(`${id.slice(0, 4)}…${id.slice(-4)}`);
}

/** "1 container", "3 containers". */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
