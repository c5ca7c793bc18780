import { chmodSync, cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { makeHouse, simGround, until } from "./support/house.ts";

const golden = join(import.meta.dirname, "../golden/upgrade");
const versions = readdirSync(golden).filter((name) => /^v\d+$/.test(name));

// Each was killed in the middle of a letsgo of 950.
test.each(versions)("what an agent of %s was killed in, today's agent finishes", async (version) => {
  const house = makeHouse(simGround());
  try {
    cpSync(join(golden, version), house.folder, { recursive: true });
    chmodSync(join(house.folder, "state"), 0o700);
    await house.startAgent();
    const states = () => {
      const { runs } = JSON.parse(house.ctl("run", "list", "-o", "json").out) as { runs: { kind: string; state: string }[] };
      return runs.map(({ kind, state }) => `${kind} ${state}`);
    };
    await until(() => !states().some((state) => / (running|undoing|pending)$/.test(state)));
    expect(states()[0]).toBe("letsgo succeeded");
    expect(states().every((state) => state.endsWith(" succeeded"))).toBe(true);
    expect(house.ctl("ps").out).toMatch(/950 +model +running/);
  } finally {
    await house.dispose();
  }
});
