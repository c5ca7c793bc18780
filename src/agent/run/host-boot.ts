import type { BootBook, HostBoot } from "../domain/boot.ts";
import type { Clock } from "../domain/clock.ts";
import { Fault, toFailure } from "../domain/errors.ts";
import type { Events, Said } from "../domain/event.ts";
import type { Journal, RunRecord } from "../domain/journal.ts";
import type { World } from "../plan/world.ts";
import type { Boots } from "./boot.ts";
import type { Owners } from "./boot-owner.ts";
import { isAtBoot } from "./execute.ts";

/** The boots of the host, as the agent sees them. */
export interface HostBoots {
  /** The newest boot that was seen to; null when there was none. */
  readonly newest: () => HostBoot | null;
  /** Why a boot can't be seen to yet, and is tried again; "" when none waits. */
  readonly waits: () => string;
  /** Ends what a boot of the host has made pointless. Before runs are taken up. */
  readonly supersede: () => void;
  /** Sees to a boot that has not been seen to, as long as that takes. Once, after runs were taken up. */
  readonly begin: () => Promise<void>;
  /** Lets it be. */
  readonly stop: () => void;
}

export interface HostBootParts {
  /** The id of this boot of the host; null when it can't be had. */
  readonly boot_id: string | null;
  readonly book: Pick<BootBook, "newest" | "keep">;
  readonly boots: Pick<Boots, "plan" | "start">;
  readonly owners: Pick<Owners, "chosen" | "ownerIn">;
  readonly journal: Pick<Journal, "unfinished" | "append">;
  readonly world: () => Promise<World>;
  readonly clock: Clock;
  readonly events: Events;
}

/** A platform that is not there yet is looked at again after so many milliseconds, longer each time. */
const firstPause = 1000;
const longestPause = 30_000;

/**
 * Sees to it that each boot of the host is followed by one of its containers, where the agent is the owner of boots. A boot is told by its id,
 * which is written down when the runs are: so an agent that is started again does not boot again, and one that was killed goes on.
 */
export function createHostBoots({ boot_id, book, boots, owners, journal, world, clock, events }: HostBootParts): HostBoots {
  const ending = new AbortController();
  let waits = boot_id === null ? "the id of this boot can't be read" : "";

  const isNew = () => boot_id !== null && book.newest()?.boot_id !== boot_id;

  const see = async (id: string): Promise<HostBoot> => {
    const seen = { boot_id: id, seen: clock.now() };
    // A host that has been up for months would be booted when the agent is installed.
    if (book.newest() === null) return { ...seen, left_to: "first", remark: "" };
    const left_to = owners.ownerIn(await world());
    if (left_to === "proxmox") return { ...seen, left_to, remark: "" };
    const { plan } = await boots.plan(null);
    const { runs } = await boots.start(`host-boot-${id}`, null);
    const whole = plan.problems.find(({ ctid }) => ctid === null)?.message ?? "by the manifest nothing does";
    return { ...seen, left_to, remark: runs.length === 0 ? whole : "" };
  };

  return {
    newest: book.newest,
    waits: () => waits,

    supersede() {
      if (!isNew() || book.newest() === null) return;
      // Whatever was being stopped has stopped. What was being started is started by this boot, if that is the agent's.
      const isOver = ({ plan }: RunRecord) => isAtBoot(plan) && (plan.request.kind === "stop" || owners.chosen() === "agent");
      for (const { id, plan, state } of journal.unfinished().filter(isOver)) {
        const step = state.current?.step.id ?? state.queue[0]?.id ?? "";
        journal.append(id, clock.now(), [{ type: "note", step, text: "the host has booted since" }]);
        if (state.cancel === "none") journal.append(id, clock.now(), [{ type: "cancel-requested" }]);
        const { kind, ctid } = plan.request;
        events.say({
          kind: "host.booted",
          level: "warn",
          ctid,
          run: id,
          message: `${kind} of ${ctid} is called off: the host has booted since`,
        });
      }
    },

    async begin() {
      if (boot_id === null) {
        return events.say({ kind: "host.booted", level: "error", message: "boots of this host can't be seen: its boot id can't be read" });
      }
      for (let pause = firstPause; isNew() && !ending.signal.aborted; pause = Math.min(pause * 2, longestPause)) {
        try {
          const boot = await see(boot_id);
          book.keep(boot);
          waits = "";
          events.say(saying(boot));
        } catch (thrown) {
          const { message } = toFailure(thrown);
          const text = `the host has booted, and its containers can't be seen to yet: ${message}`;
          if (waits !== message) events.say({ kind: "host.booted", level: "error", message: text, details: { boot_id } });
          waits = message;
          await clock.sleep(pause, ending.signal).catch(() => {});
        }
      }
    },

    stop: () => ending.abort(new Fault("SHUTTING_DOWN", "the agent is stopping")),
  };
}

function saying({ boot_id, left_to, remark }: HostBoot): Said {
  const texts = {
    first: "this host is seen for the first time: its boots are seen from the next one on",
    proxmox: "the host has booted: Proxmox starts its containers",
    agent: "the host has booted: the agent starts its containers",
  };
  const bad = remark === "" ? null : `the host has booted, and nothing is started: ${remark}`;
  return { kind: "host.booted", level: bad === null ? "info" : "error", message: bad ?? texts[left_to], details: { boot_id, left_to } };
}
