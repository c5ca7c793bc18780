// The engine does what the plan's playing-through says, to the millisecond: so what holds for that holds for boots.
import fc from "fast-check";
import { playBoot } from "../../../src/agent/plan/boot-times.ts";
import { planBoot } from "../../../src/agent/plan/boot.ts";
import { someBoot, type SomeBoot } from "../../plan/boot/arbitrary.ts";
import { worldOf, type Guest } from "../../plan/boot/support.ts";
import { hostOf } from "./support.ts";

/** Up or failed after exactly so long: readiness takes the time, and health says which. */
function actors({ guests, expected }: SomeBoot): readonly Guest[] {
  return guests.map((guest) => {
    const { ms, ends } = expected.get(guest.ctid) ?? { ms: 0, ends: "up" };
    const command = ends === "up" ? "true" : "false";
    return { ...guest, config: { ready: ms === 0 ? "true" : `sleep ${ms / 1000}`, health: { command, retries: 1, interval_s: 1 } } };
  });
}

async function boot(some: SomeBoot, room: number): Promise<ReadonlyMap<number, object>> {
  const host = hostOf(actors(some), { boot_parallel: room });
  const life = host.live();
  const since = host.clock.now();
  const { runs } = await life.boots.start("boot", null);
  const ended = await Promise.all(runs.map(({ id }) => life.ended(id)));
  const seen = ended.map((run) => {
    const events = life.journal.events(run.id, 0, 1000);
    const at = (step: string) => events.find(({ event }) => event.type === "step-started" && event.step === step)?.at;
    const start = at("start");
    const times = { start: start === undefined ? null : start - since, end: (run.finished ?? 0) - since };
    return [run.plan.request.ctid, { ...times, ended: run.state.phase === "succeeded" ? "up" : run.state.phase }] as const;
  });
  host.dispose();
  return new Map(seen);
}

test.each([Infinity, 2, 1])(
  "with room for %s, every start and end is when it should be",
  async (room) => {
    const law = fc.asyncProperty(someBoot("any"), async (some) => {
      const plan = planBoot(worldOf(some.guests));
      const times = playBoot(plan, ({ ctid }) => some.expected.get(ctid) ?? { ms: 0, ends: "up" }, room);
      const should = [...times].map(([ctid, { start, end, ended }]) => [ctid, { start, end, ended }] as const);
      expect(await boot(some, room)).toEqual(new Map(should));
    });
    await fc.assert(law, { numRuns: 100 });
  },
  120_000,
);
