// A boot as a text: what is there, what others do meanwhile, and after a line of dashes what happens. For example
//
//   953: order 1, delay 5 s, takes 3 s        950: needs 953 100, healthy at check 3
//   100: machine, stopped                     room for 2
//   only 950                                  shutdown, or: host boots
//   at 4 s: machine 100 starts
//   ---
//   0 s: 953 has its turn, waits 5 s
import type { Ctid } from "../../../src/agent/domain/container.ts";
import type { Guest } from "../../plan/boot/support.ts";
import type { FaultRule } from "../../../src/agent/driver/sim/faults.ts";

export interface Scenario {
  readonly guests: readonly Guest[];
  readonly machines: Readonly<Record<number, "running" | "stopped">>;
  readonly strangers: Readonly<Record<number, "running" | "stopped">>;
  readonly faults: readonly FaultRule[];
  readonly room: number;
  readonly leased: readonly Ctid[];
  readonly what: "boot" | "shutdown" | "host boots";
  readonly only: readonly Ctid[] | null;
  readonly events: readonly { readonly at_s: number; readonly what: string }[];
}

type Attribute = (words: readonly string[], guest: Guest) => Guest;

const number = (words: readonly string[], at: number) => Number(words[at]);
const checks = { retries: 3, interval_s: 2 };

/** What can be said of a container, by the first word. */
const attributes: Readonly<Record<string, Attribute>> = {
  order: (words, guest) => ({ ...guest, order: number(words, 1) }),
  delay: (words, guest) => ({ ...guest, delay: number(words, 1) }),
  needs: (words, guest) => ({ ...guest, needs: words.slice(1).map(Number) }),
  runs: (_, guest) => ({ ...guest, state: "running" }),
  absent: (_, guest) => ({ ...guest, state: "absent" }),
  "not-at-boot": (_, guest) => ({ ...guest, atBoot: false }),
  template: (_, guest) => ({ ...guest, config: { ...guest.config, template_snapshot: "golden" } }),
  // "takes 3 s": is ready after so long.
  takes: (words, guest) => ({ ...guest, config: { ...guest.config, ready: `sleep ${words[1]}` } }),
  hangs: (_, guest) => ({ ...guest, config: { ...guest.config, ready: "sleep 100000" } }),
  unhealthy: (_, guest) => ({ ...guest, config: { ...guest.config, health: { command: "false", ...checks } } }),
  // Is healthy once somebody writes /healthy.
  checked: (_, guest) => ({ ...guest, config: { ...guest.config, health: { command: "test -f /healthy", ...checks } } }),
  // Has so many seconds to shut down.
  has: (words, guest) => ({ ...guest, config: { ...guest.config, shutdown_timeout_s: number(words, 1) } }),
  leased: (_, guest) => guest,
  // Faults are no part of the container.
  fails: (_, guest) => guest,
  flaps: (_, guest) => guest,
  stubborn: (_, guest) => guest,
};

/** Reads the part above the dashes. */
export function parseScenario(text: string): Scenario {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const facts = lines.flatMap((line) => {
    const [, id = "", rest = ""] = /^(\d+): (.*)$/.exec(line) ?? [];
    return id === "" ? [] : [{ ctid: Number(id), said: rest.split(", ").map((each) => each.split(" ")) }];
  });
  const first = (said: readonly (readonly string[])[]) => said.map(([word = ""]) => word);
  const outside = (kind: string) =>
    Object.fromEntries(
      facts
        .filter(({ said }) => first(said).includes(kind))
        .map(({ ctid, said }) => [ctid, first(said).includes("running") ? "running" : "stopped"] as const),
    );
  const guests = facts.filter(({ said }) => !first(said).some((word) => word === "machine" || word === "stranger"));
  const failing = (word: string, rule: Partial<FaultRule>) =>
    guests.filter(({ said }) => first(said).includes(word)).map(({ ctid }): FaultRule => ({ call: "start", ctid, do: "fail", ...rule }));
  const option = (name: string) => lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1);
  return {
    guests: guests.map(({ ctid, said }) => said.reduce<Guest>((guest, words) => attribute(words)(words, guest), { ctid })),
    machines: outside("machine"),
    strangers: outside("stranger"),
    faults: [
      ...failing("fails", { reason: "BACKEND_FAILED", message: "it does not start" }),
      ...failing("flaps", { nth: 1, times: 2, reason: "LOCKED", transient: true, message: "locked for a moment" }),
    ],
    room: Number(option("room for") ?? 4),
    leased: guests.filter(({ said }) => first(said).includes("leased")).map(({ ctid }) => ctid),
    what: (["shutdown", "host boots"] as const).find((what) => lines.includes(what)) ?? "boot",
    only: option("only")?.split(" ").map(Number) ?? null,
    events: lines.flatMap((line) => {
      const [, at = "", what = ""] = /^at ([\d.]+) s: (.*)$/.exec(line) ?? [];
      return what === "" ? [] : [{ at_s: Number(at), what }];
    }),
  };
}

function attribute(words: readonly string[]): Attribute {
  const found = attributes[words[0] ?? ""];
  if (found === undefined) throw new Error(`"${words.join(" ")}" can't be said of a container`);
  return found;
}
