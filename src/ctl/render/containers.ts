import type { Container__Output as Container } from "../../../proto/types.ts";
import { fromTimestamp } from "../../../proto/time.ts";
import { prose, span, type Line, type Look, type Role, type Span } from "./line.ts";
import { hostColumn, silentLines, type Located, type Silent } from "./located.ts";
import { snapshotTable } from "./snapshots.ts";
import { table, tableWithNotes, type Column } from "./table.ts";
import { clean, pad } from "./text.ts";
import { shortTime } from "./time.ts";
import { hostLabel, shortRun, word, type HostName } from "./words.ts";

const heads: readonly Column[] = [
  { head: "CTID", align: "right" },
  { head: "NAME", flexible: true },
  { head: "STATE" },
  { head: "HEALTH" },
  { head: "GPU" },
  { head: "BOOT" },
  { head: "FINAL-FORM" },
  { head: "NOTE", flexible: true },
];

const stateRoles: Record<string, Role> = { running: "good", starting: "warn", stopping: "warn", frozen: "warn", absent: "dim" };
const healthRoles: Record<string, Role> = { healthy: "good", unhealthy: "bad" };

/** Containers, a row each, and below them the hosts that did not answer. */
export function containerTable(containers: readonly Located<Container>[], silent: readonly Silent[], look: Look): Line[] {
  const rows = containers.map(({ host, item: container }): Span[] => {
    const state = word(container.state);
    return [
      span(hostLabel(host)),
      span(String(container.ctid)),
      span(clean(container.name)),
      span(state, stateRoles[state] ?? "plain"),
      healthOf(container),
      span(clean(container.gpus) || "-"),
      span(bootOf(container)),
      span(finalForm(container, look)),
      span(notesOf(container, look), "warn"),
    ];
  });
  return [...tableWithNotes([hostColumn(silent), ...heads], rows, look.width), ...silentLines(silent, containers, hostLabel)];
}

/** One container in full. */
export function containerDetail(container: Container, host: HostName, look: Look): Line[] {
  const facts: readonly (readonly [string, Span])[] = [
    ["state", span(word(container.state), stateRoles[word(container.state)] ?? "plain")],
    ["health", healthOf(container)],
    ["gpu", span(clean(container.gpus) || "none")],
    ["boot", span(container.start_at_boot ? `with the host, order ${container.boot_order ?? "last"}` : "not with the host")],
    ["manifest", span(container.in_manifest ? "in it" : "not in it")],
    ["lock", span(clean(container.lock), "warn")],
    ["features", span(container.features.map(clean).join(", ") || "none")],
    ["note", span(notesOf(container, look), "warn")],
  ];
  return [
    [span(hostLabel(host), "strong"), span(` · ${container.ctid} ${clean(container.name)}`)],
    ...facts.filter(([, value]) => value.text !== "").map(([label, value]): Line => [span(`  ${pad(label, 10)}`, "dim"), value]),
    ...section("settings", settings(container, look)),
    ...section("volumes and mounts", mounts(container, look)),
    ...section(
      "snapshots",
      container.snapshots.length === 0
        ? []
        : snapshotTable(
            container.snapshots.map((item) => ({ host, item })),
            [],
            look,
            "no sizes",
          ),
    ),
  ];
}

function section(title: string, lines: readonly Line[]): Line[] {
  return lines.length === 0 ? [] : [[], [span(title, "strong")], ...lines];
}

function settings(container: Container, look: Look): Line[] {
  if (container.settings.length === 0) return [];
  const rows = container.settings.map(({ name, live, wanted }): Span[] => {
    const differs = container.state !== "CONTAINER_STATE_ABSENT" && wanted !== "" && live !== wanted;
    return [
      span(clean(name)),
      span(clean(live) || "-"),
      span(differs ? `${clean(wanted)} (not applied)` : clean(wanted) || "-", differs ? "warn" : "plain"),
    ];
  });
  return table([{ head: "NAME" }, { head: "LIVE", flexible: true }, { head: "MANIFEST", flexible: true }], rows, look.width);
}

function mounts(container: Container, look: Look): Line[] {
  if (container.mounts.length === 0) return [];
  const rows = container.mounts.map(({ container_path, source, volume, attached }): Span[] => [
    span(clean(container_path)),
    span(volume ? "data volume" : "bind mount"),
    span(clean(source)),
    span(attached ? "attached" : "not attached", attached ? "plain" : "warn"),
  ]);
  return table(
    [{ head: "INSIDE", flexible: true }, { head: "KIND" }, { head: "SOURCE", flexible: true }, { head: "STATE" }],
    rows,
    look.width,
  );
}

function healthOf(container: Container): Span {
  const health = word(container.health);
  return span(health === "unknown" ? "-" : health, healthRoles[health] ?? "plain");
}

/** Its place in the boot order; "last" for one that starts with the host and has none. */
function bootOf(container: Container): string {
  if (!container.start_at_boot) return "-";
  return container.boot_order === undefined ? "last" : String(container.boot_order);
}

function finalForm(container: Container, look: Look): string {
  const found = container.snapshots.find(({ name }) => name === "final-form");
  if (found === undefined) return "none";
  const taken = fromTimestamp(found.created_at);
  return taken === null ? "yes" : shortTime(taken, look);
}

function notesOf(container: Container, look: Look): string {
  const run = container.active_run_id === "" ? [] : [`run ${shortRun(container.active_run_id)} is under way`];
  return [...run, ...container.notes.map((note) => prose(note, look))].join("; ");
}
