import { expect, test } from "@jest/globals";
import type { Change } from "../../../src/agent/domain/change.ts";
import type { Moment } from "../../../src/agent/domain/container.ts";
import { call, refused, taking, type Bench } from "./bench.ts";

const signal = new AbortController().signal;
const now = { at: "now" } as const;

export function diffContract(bench: Bench): void {
  const diff = async (ctid: number, from: string, to: Moment = now): Promise<readonly Change[]> => {
    const found: Change[] = [];
    expect(await bench.driver().diff(ctid, from, to, (change) => void found.push(change), signal)).toBe("whole");
    return found;
  };
  /** What a platform's own files do is left out. */
  const mine = (changes: readonly Change[]) => changes.filter(({ path }) => /^\/(?:mine|etc\/mine)/.test(path));

  test("what was added, changed and removed, with sizes; between two snapshots, and since one", async () => {
    const ctid = await bench.running();
    await bench.write(ctid, "/mine-kept", "same");
    await bench.write(ctid, "/mine-old", "12345");
    await bench.write(ctid, "/mine-changed", "1");
    await bench.driver().snapshot(ctid, taking("one"), call());
    await bench.write(ctid, "/mine-new", "new");
    await bench.write(ctid, "/mine-changed", "123");
    expect(await bench.exec(ctid, ["rm", "-rf", "/mine-old"])).toMatchObject({ code: 0 });
    await bench.driver().snapshot(ctid, taking("two"), call());
    await bench.write(ctid, "/mine-later", "x");
    if (bench.host().no_diff !== null) {
      expect(await refused(diff(ctid, "one"), "UNSUPPORTED")).toMatch(bench.host().no_diff ?? "");
      return;
    }
    const first = [
      { path: "/mine-changed", kind: "file", is: "changed", before: 2, bytes: 4, detail: "" },
      { path: "/mine-new", kind: "file", is: "added", bytes: 4 },
      { path: "/mine-old", kind: "file", is: "removed", bytes: 6 },
    ];
    const later = { path: "/mine-later", kind: "file", is: "added", bytes: 2 };
    expect(mine(await diff(ctid, "one", { at: "snapshot", name: "two" }))).toEqual(first);
    expect(mine(await diff(ctid, "one"))).toEqual([first[0], later, first[1], first[2]]);
    expect(mine(await diff(ctid, "two"))).toEqual([later]);
    expect(mine(await diff(ctid, "two", { at: "snapshot", name: "one" }))).toMatchObject([
      { path: "/mine-changed", before: 4, bytes: 2 },
      { path: "/mine-new", is: "removed" },
      { path: "/mine-old", is: "added" },
    ]);
    expect(await diff(ctid, "two", { at: "snapshot", name: "two" })).toEqual([]);
    expect((await bench.look(ctid)).snapshots).toHaveLength(2);
  });

  test("of a snapshot that is not there, SNAPSHOT_MISSING; of no container, CONTAINER_MISSING", async () => {
    const ctid = await bench.shared("stopped");
    await refused(diff(ctid, "two"), "SNAPSHOT_MISSING");
    await refused(diff(ctid, "old", { at: "snapshot", name: "two" }), "SNAPSHOT_MISSING");
    await refused(diff(bench.unused(), "old"), "CONTAINER_MISSING");
  });

  test("who takes it decides when it ends", async () => {
    if (bench.host().no_diff !== null) return;
    const ctid = await bench.running();
    await bench.driver().snapshot(ctid, taking("one"), call());
    for (const name of ["a", "b"]) await bench.write(ctid, `/mine-${name}`, name);
    const stop = () => {
      throw new Error("enough");
    };
    await expect(bench.driver().diff(ctid, "one", now, stop, signal)).rejects.toThrow("enough");
    await expect(bench.driver().diff(ctid, "one", now, () => {}, AbortSignal.abort())).rejects.toThrow("cancelled");
    expect(mine(await diff(ctid, "one"))).toHaveLength(2);
  });

  test("the sizes of snapshots, as far as the storage can tell", async () => {
    const ctid = await bench.shared("running");
    const sizes = await bench.driver().sizes(ctid, signal);
    expect([...sizes.keys()].filter((name) => name !== "old")).toEqual([]);
    for (const bytes of sizes.values()) expect(bytes).toBeGreaterThanOrEqual(0);
    await refused(bench.driver().sizes(bench.unused(), signal), "CONTAINER_MISSING");
  });
}
