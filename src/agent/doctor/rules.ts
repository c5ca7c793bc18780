// What can be said of a host and its agent. Each rule looks at one thing, and says that it is well when it is. Pure.
import { findingLevels, type Finding } from "../domain/finding.ts";
import type { Inventory } from "../domain/container.ts";
import type { RunRecord } from "../domain/journal.ts";
import { driftText, planAutostart } from "../plan/autostart.ts";
import type { CertificateFacts, ConfigurationFacts, Facts, Memory } from "./facts.ts";
import { notifyRule, platformRule, spaceRule, storageRule } from "./host-rules.ts";
import { countText, error, otherwise, spanText, timeText, troubled, warn } from "./say.ts";

const day = 24 * 60 * 60 * 1000;
/** The agent renews its own certificate when 15 days are left, and makes a new authority a year before the old one ends. */
const late = { server: 10 * day, authority: 90 * day, client: 14 * day };
/** A notification that has waited for so long was tried several times. */
const overdue = 10 * 60_000;
/** A clock may be set back by so much without anybody being told. */
const settled = 60_000;

/** Everything that is to be said, the worst first. */
export function examine(facts: Facts): readonly Finding[] {
  const { platform, state, configuration, memory, certificates, now } = facts;
  const found = [
    ...settingsRule(facts),
    ...(configuration.known
      ? configurationRule(configuration.value)
      : [troubled("configuration", "it can't be read", configuration.failure)]),
    ...platformRule(facts),
    ...(configuration.known && platform.known ? storageRule(configuration.value.manifest, platform.value) : []),
    ...spaceRule(platform, state),
    ...(memory.known ? [] : [troubled("database", "it can't be read", memory.failure)]),
    ...(memory.known && platform.known ? lockRule(facts.driver, platform.value, memory.value) : []),
    ...(memory.known && platform.known && configuration.known ? bootRule(configuration.value, platform.value, memory.value) : []),
    ...(memory.known ? runRule(memory.value.ended) : []),
    ...(memory.known ? clockRule(memory.value.newest_event, now) : []),
    ...notifyRule(facts),
    ...(memory.known ? noticeRule(memory.value, now) : []),
    ...(certificates === null ? [] : certificateRule(certificates, now)),
  ];
  return found.toSorted((a, b) => findingLevels.indexOf(a.level) - findingLevels.indexOf(b.level));
}

function settingsRule({ settings_file: file, settings }: Facts): readonly Finding[] {
  if (!settings.known) {
    const { message, remedy } = settings.failure;
    return [error("settings", `the agent would not start again: ${message}`, remedy || "phoenix-agent check says what is wrong")];
  }
  const changed = warn(
    "settings",
    `${file} was changed, and the agent still runs with what it had`,
    "systemctl restart phoenix-agent; runs go on afterwards",
  );
  return otherwise(settings.value === "changed" ? [changed] : [], "settings", `${file} is what the agent runs with`);
}

function configurationRule({ manifest, problems, trouble }: ConfigurationFacts): readonly Finding[] {
  const said = problems.map(({ severity, path, line, message }) => {
    // Of a script folder, and not of the manifest.
    const where = path.startsWith("$")
      ? `${manifest.file}${line === 0 ? "" : `:${line}`}: ${path === "$" ? "" : `${path}: `}`
      : `${path}: `;
    const say = severity === "error" ? error : warn;
    return say("configuration", `${where}${message}`, "correct the file; phoenixctl config check looks at it before it is pushed");
  });
  const set_aside =
    trouble === null ? [] : [error("configuration", trouble, "phoenixctl config check, then correct the files or push others")];
  const fine = `${manifest.file} and its scripts have no problems: ${countText(manifest.containers.size, "container")}`;
  return otherwise([...set_aside, ...said], "configuration", fine);
}

function lockRule(driver: Facts["driver"], { containers }: Inventory, { active }: Memory): readonly Finding[] {
  const found = [...containers.values()].flatMap(({ ctid, lock }) => {
    if (lock === null || active.has(ctid)) return [];
    const unlock = driver === "proxmox" ? `pct unlock ${ctid}` : "delete the file locked in its folder";
    return [
      warn(
        "locks",
        `${ctid} is locked (${lock}), and no run of Phoenix has it`,
        `wait for the task that has locked it; if there is none: ${unlock}`,
      ),
    ];
  });
  return otherwise(found, "locks", "no container is locked but by its run");
}

function bootRule({ manifest }: ConfigurationFacts, inventory: Inventory, { owner, owner_trouble }: Memory): readonly Finding[] {
  const { changes, problems } = planAutostart({ manifest, inventory }, owner);
  const say = owner === "agent" ? error : warn;
  return otherwise(
    [
      ...(owner_trouble === "" ? [] : [warn("boot", owner_trouble, `phoenixctl boot owner ${owner} settles it`)]),
      ...changes.map((change) =>
        say("boot", `${change.ctid}: ${driftText(change, owner)}`, "phoenixctl boot apply shows the change and makes it"),
      ),
      // What is wrong with the manifest itself is said of it.
      ...problems
        .filter(({ reason }) => reason !== "MANIFEST")
        .map(({ ctid, message }) =>
          warn(
            "boot",
            ctid === null ? message : `${ctid}: ${message}`,
            ctid === null ? "correct the manifest" : `phoenixctl boot explain ${ctid} tells more`,
          ),
        ),
    ],
    "boot",
    `${owner === "agent" ? "the agent" : "Proxmox"} starts containers at boot, and nothing is in the way`,
  );
}

/** A container that a failure has left as it was is worth a look; one that could not be brought back is broken. */
/** What has not arrived after a few tries may be lost a day later. */
function noticeRule({ notices: { count, since } }: Memory, now: number): readonly Finding[] {
  if (since === null || now - since < overdue) return [];
  const subject = count === 1 ? "a notification has" : `${count} notifications have`;
  return [
    warn(
      "notifications",
      `${subject} not arrived, the oldest since ${spanText(now - since)}`,
      "phoenix-agent notify test says why, on the host",
    ),
  ];
}

function runRule(ended: readonly RunRecord[]): readonly Finding[] {
  const found = ended.flatMap(({ id, plan, state, finished }) => {
    if (state.phase !== "failed") return [];
    const why = state.undo_failure ?? state.failure;
    const say = state.undo_failure === null ? warn : error;
    const { kind, ctid } = plan.request;
    const back = state.undo_failure === null ? "" : ", and the container could not be brought back";
    const at = finished === null ? "" : ` at ${timeText(finished)}`;
    return [say("runs", `${kind} of ${ctid} failed${at}${back}: ${why?.failure.message ?? state.outcome}`, `phoenixctl run show ${id}`)];
  });
  return otherwise(found, "runs", "no container's last run has failed");
}

/** Schedules, leases and certificates go by the clock on the wall, and so does the order in which snapshots are shown. */
function clockRule(newest: number | null, now: number): readonly Finding[] {
  const behind = (newest ?? now) - now;
  const message = `it says ${timeText(now)}, which is ${spanText(behind)} before the last thing that was journaled`;
  const remedy = "timedatectl shows whether it is kept right; chrony or systemd-timesyncd keeps it so";
  return otherwise(behind > settled ? [error("clock", message, remedy)] : [], "clock", "it has not gone back");
}

function certificateRule({ server, authority, clients }: CertificateFacts, now: number): readonly Finding[] {
  const renewed = "it should have renewed it by itself: journalctl -u phoenix-agent says why it could not";
  const ends = (what: string, until: number, limit: number, remedy: string): readonly Finding[] => {
    if (until <= now) return [error("certificates", `${what} ended at ${timeText(until)}`, remedy)];
    return until - now < limit ? [warn("certificates", `${what} ends at ${timeText(until)}`, remedy)] : [];
  };
  const found = [
    ...ends("the agent's own certificate", server, late.server, renewed),
    ...ends("the certificate authority", authority, late.authority, renewed),
    ...clients.flatMap(({ name, until }) =>
      ends(
        `the certificate of ${name}`,
        until,
        late.client,
        `any command of ${name} renews it; after its end it takes a token: phoenix-agent token create`,
      ),
    ),
  ];
  return otherwise(
    found,
    "certificates",
    `none ends soon: the agent's own, the authority's, and ${countText(clients.length, "workstation")}`,
  );
}
