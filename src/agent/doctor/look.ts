import { statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { problemsIn } from "../config/check.ts";
import { loadSettings, type AgentSettings } from "../config/settings.ts";
import type { Keeper } from "../config/versions/keeper.ts";
import type { BootBook } from "../domain/boot.ts";
import type { Clock } from "../domain/clock.ts";
import type { EventBook } from "../domain/event.ts";
import type { Finding } from "../domain/finding.ts";
import type { Journal } from "../domain/journal.ts";
import { standing } from "../domain/trust.ts";
import type { NoticeBook } from "../domain/notice.ts";
import type { Driver } from "../driver/driver.ts";
import { readSecret } from "../notify/secret.ts";
import type { Owners } from "../run/boot-owner.ts";
import type { Keyring } from "../trust/keyring.ts";
import type { Members } from "../trust/members.ts";
import {
  known,
  type CertificateFacts,
  type ConfigurationFacts,
  type Known,
  type Memory,
  type NotifyFacts,
  type StateFolder,
} from "./facts.ts";
import { examine } from "./rules.ts";

/** Examines the host. */
export interface Doctor {
  /** Looks at everything and says what is wrong, the worst first, and what is well. Changes nothing, and never throws. */
  readonly examine: () => Promise<readonly Finding[]>;
}

/** Where a doctor looks. */
export interface DoctorParts {
  readonly settings: AgentSettings;
  readonly driver: Pick<Driver, "platform" | "observe">;
  readonly keeper: Pick<Keeper, "current" | "trouble">;
  readonly journal: Pick<Journal, "runs" | "unfinished">;
  readonly events: Pick<EventBook, "newest">;
  readonly owners: Pick<Owners, "chosen">;
  readonly boots: Pick<BootBook, "ownership">;
  readonly notices: Pick<NoticeBook, "waiting">;
  readonly network: { readonly keyring: Keyring; readonly members: Members } | null;
  readonly clock: Pick<Clock, "now">;
}

/** A doctor of the host that these parts serve. */
export function createDoctor(parts: DoctorParts): Doctor {
  const { settings, driver, keeper, network, clock } = parts;
  return {
    examine: async () => {
      const platform = await known(() => driver.observe());
      const configuration = await known(() => configurationOf(keeper));
      const ctids = new Set([
        ...(platform.known ? platform.value.containers.keys() : []),
        ...(configuration.known ? configuration.value.manifest.containers.keys() : []),
      ]);
      return examine({
        now: clock.now(),
        driver: driver.platform,
        settings_file: settings.file,
        settings: await known(() => (JSON.stringify(loadSettings(settings.file)) === JSON.stringify(settings) ? "same" : "changed")),
        configuration,
        platform,
        state: await known(() => stateFolder(settings.state_dir)),
        notify: await notifyFacts(settings),
        memory: await known(() => memoryOf(parts, [...ctids], platform.known && platform.value.autostart.by === "nothing")),
        certificates: network === null ? null : certificatesOf(network, clock.now()),
      });
    },
  };
}

/** The state folder, and how much is free there. Throws when it is not there. */
export async function stateFolder(folder: string): Promise<StateFolder> {
  const { bavail, bsize } = await statfs(folder);
  return { folder, free_bytes: bavail * bsize };
}

/** Whether the secret of notifications can be used; null where nobody is notified. */
export async function notifyFacts({ notify }: AgentSettings): Promise<Known<NotifyFacts> | null> {
  if (notify === null) return null;
  const { secret_file } = notify;
  return known(() => {
    readSecret(secret_file);
    return { secret_file, mode: statSync(secret_file).mode };
  });
}

function configurationOf(keeper: DoctorParts["keeper"]): ConfigurationFacts {
  const { manifest, files } = keeper.current();
  return { manifest, problems: problemsIn(manifest, files, []), trouble: keeper.trouble()?.text ?? null };
}

function memoryOf({ journal, events, owners, boots, notices }: DoctorParts, ctids: readonly number[], isAlone: boolean): Memory {
  const phases = ["succeeded", "failed", "cancelled"];
  return {
    // Where the platform starts nothing, that is the agent.
    owner: isAlone ? "agent" : owners.chosen(),
    owner_trouble: isAlone ? "" : (boots.ownership()?.trouble ?? ""),
    active: new Set(journal.unfinished().map(({ plan }) => plan.request.ctid)),
    ended: ctids.flatMap((ctid) => journal.runs({ ctid, phases, limit: 1, before: null })),
    notices: notices.waiting(),
    newest_event: events.newest(null, { level: "info", ctid: null }, 1)[0]?.at ?? null,
  };
}

function certificatesOf({ keyring, members }: NonNullable<DoctorParts["network"]>, now: number): CertificateFacts {
  const good = members.certificates().filter((each) => standing(each, now) === "good");
  // A workstation that has renewed its certificate has two for a while.
  const last = new Map(good.toSorted((a, b) => a.until - b.until).map(({ name, until }) => [name, until]));
  return {
    server: keyring.serverUntil(),
    authority: keyring.standing().issuer.until,
    clients: [...last].map(([name, until]) => ({ name, until })),
  };
}
