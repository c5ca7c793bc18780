// The built agent is killed at moments of letsgo and orchestrate with real containers, and started again: where it ends is where
// it ends undisturbed. `npm test` tries a moment of each, and `npm run crash` all.
import { lxcGround, type Ground, type House } from "../e2e/support/house.ts";
import { proxmoxGround } from "../e2e/support/proxmox-ground.ts";
import { describeContainers } from "../support/describe-containers.ts";
import type { Request } from "./support/client.ts";
import { randomFrom, sample, seed, tryAll } from "../support/random.ts";
import { killedAt, realHouse, seenThrough, type Moment } from "./support/real.ts";

jest.setTimeout(tryAll ? 3_600_000 : 600_000);

const first = 950;
const random = randomFrom(seed);
let kills = 0;
let converged = 0;
afterAll(() =>
  process.stderr.write(`${kills} kills with real containers, ${converged} runs, each with the same end; PHOENIX_CRASH_SEED=${seed}\n`),
);

describeContainers("plain LXC", () => {
  tests(lxcGround, { template: "base", pool: "local" }, { letsgo: 1, orchestrate: 1 });
});

describeContainers("Proxmox's pct, by its stand-in", () => {
  tests(proxmoxGround, { template: "local:vztmpl/busybox_1.0_amd64.tar.gz", pool: "btr" }, { letsgo: 1 });
});

type Kind = "letsgo" | "orchestrate";

/** Tests for the kinds that are named, with so many moments each in `npm test`. */
function tests(
  ground: () => Ground,
  { template, pool }: { readonly template: string; readonly pool: string },
  few: Readonly<Partial<Record<Kind, number>>>,
): void {
  let house: House;
  /** Where an undisturbed run of each kind ends, and the moments that it has. */
  const undisturbed: Partial<Record<Kind, { readonly left: object; readonly moments: readonly Moment[] }>> = {};
  const request = (kind: Kind, ctid: number, name: string): Request => ({
    name: `${kind} ${name}`,
    kind: kind === "letsgo" ? "RUN_KIND_LETSGO" : "RUN_KIND_ORCHESTRATE",
    ctid,
  });

  beforeAll(async () => {
    const ctids = Array.from({ length: 100 }, (_, at) => first + at);
    house = realHouse(ground(), template, pool, ctids);
    for (const kind of ["orchestrate", "letsgo"] as const) {
      undisturbed[kind] = await seenThrough(house, request(kind, first, "undisturbed"), random);
    }
  });
  afterAll(() => house.dispose());

  test.each(Object.entries(few) as [Kind, number][])("%s", async (kind, count) => {
    const moments = sample(undisturbed[kind]?.moments ?? [], count, random);
    expect(moments.length).toBeGreaterThanOrEqual(count);
    for (const [index, moment] of moments.entries()) {
      // A container is made but once; a letsgo has it again and again.
      const asked = request(kind, kind === "letsgo" ? first : first + 1 + index, "x".repeat(index + 1));
      if ((await killedAt(house, asked, moment)) === "in time") kills += 1;
      const { left } = await seenThrough(house, asked, random);
      expect({ moment, left }).toEqual({ moment, left: undisturbed[kind]?.left });
      converged += 1;
    }
  });
}
