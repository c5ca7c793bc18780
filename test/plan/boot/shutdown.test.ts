import { planBoot, waitsOf } from "../../../src/agent/plan/boot.ts";
import { shutdownRuns } from "../../../src/agent/plan/boot-shutdown.ts";
import type { World } from "../../../src/agent/plan/world.ts";
import fc from "fast-check";
import * as w from "../../support/world.ts";
import { someBoot } from "./arbitrary.ts";
import { worldOf, type Guest } from "./support.ts";

const running = (guests: readonly Guest[]) =>
  guests.map((guest): Guest => ({ ...guest, state: guest.state === "absent" ? "absent" : "running" }));

function text(world: World, leases: "respect" | "force" = "respect"): string {
  return shutdownRuns(world, leases)
    .map(({ plan, after }) => {
      const blocked = plan.blockers.map(({ reason, message }) => `, ${reason}: ${message}`).join("");
      return `${plan.request.ctid} after ${
        after
          .toSorted((a, b) => a.ctid - b.ctid)
          .map(({ ctid, need }) => `${ctid}${need === "end" ? "" : "!"}`)
          .join(" ") || "nobody"
      }${blocked}`;
    })
    .join("\n");
}

const house: readonly Guest[] = [
  { ctid: 950, order: 3, atBoot: false, needs: [953] },
  { ctid: 953, order: 1 },
  { ctid: 955, order: 2 },
  { ctid: 956, order: 2, needs: [953] },
];

test("backwards: the last order first, then what everything depends on", () => {
  expect(text(worldOf(running(house)))).toBe(
    w.lines(`
      950 after nobody
      955 after 950
      956 after 950
      953 after 950 955 956`),
  );
});

test("only what runs, and what the manifest knows", () => {
  const some = running(house).map((guest): Guest => (guest.ctid === 955 || guest.ctid === 950 ? { ...guest, state: "stopped" } : guest));
  expect(text(worldOf(some, { strangers: { 800: "running" } }))).toBe(
    w.lines(`
      956 after nobody
      953 after 956`),
  );
});

test("what can't be started can be stopped", () => {
  expect(
    text(
      worldOf(
        running([
          { ctid: 950, needs: [999] },
          { ctid: 951, needs: [950] },
          { ctid: 952, needs: [952] },
        ]),
      ),
    ),
  ).toBe(
    w.lines(`
      951 after nobody
      950 after 951
      952 after nobody`),
  );
});

test("who is leased keeps running, and with it what it depends on; unless it is forced", () => {
  const world = worldOf(running([...house, { ctid: 957, needs: [956] }]));
  const leased: World = { ...world, leases: new Map([[957, { ctid: 957, holder: "ana", reason: "demo", since: 0, until: w.day(30) }]]) };
  expect(text(leased)).toBe(
    w.lines(`
      957 after nobody, LEASED: leased by ana until 2026-11-30T12:00:00Z: demo
      950 after 957
      955 after 950 957
      956 after 950 957, DEPENDENCY: 957 needs it, and is not stopped
      953 after 950 955 956 957, DEPENDENCY: 956 needs it, and is not stopped`),
  );
  expect(text(leased, "force")).not.toContain("LEASED");
});

test("it gets the time that its manifest says, and is ended then", () => {
  const [run] = shutdownRuns(worldOf([{ ctid: 950, state: "running", config: { shutdown_timeout_s: 7 } }]), "respect");
  expect(run?.plan.steps.at(-1)?.action).toEqual({ do: "stop", how: "graceful", timeout_s: 7 });
});

test("10,000 random shutdowns: each waits for exactly those that wait for it at a boot", () => {
  const law = fc.property(someBoot("any"), ({ guests }) => {
    const world = worldOf(running(guests));
    const { members } = planBoot(
      world,
      guests.map(({ ctid }) => ctid),
    );
    const boot = members.flatMap((member) => waitsOf(member, members).map(({ on }) => `${on} ${member.ctid}`));
    const runs = shutdownRuns(world, "respect");
    const reversed = runs.flatMap(({ plan, after }) => after.map(({ ctid }) => `${plan.request.ctid} ${ctid}`));
    expect(reversed.toSorted()).toEqual(boot.toSorted());
    const place = new Map(runs.map(({ plan }, at) => [plan.request.ctid, at]));
    for (const { plan, after } of runs)
      for (const { ctid } of after) expect(place.get(ctid)).toBeLessThan(place.get(plan.request.ctid) ?? -1);
    expect(runs.every(({ plan }) => plan.blockers.length === 0)).toBe(true);
  });
  fc.assert(law, { numRuns: 10_000 });
});
