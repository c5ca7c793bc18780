import { expect, test } from "@jest/globals";
import { readDescription } from "../../../src/agent/domain/container.ts";
import { call, refused, runA, runB, taking, type Bench } from "./bench.ts";

const badNames = ["current", "vzdump", "two words", "x", "a".repeat(41), "1st", "ä-b", "a/../b", ""];

export function snapshotContract(bench: Bench): void {
  const names = async (ctid: number) => (await bench.look(ctid)).snapshots.map((snapshot) => snapshot.name);
  const only = async (ctid: number) => {
    const { snapshots } = await bench.look(ctid);
    expect(snapshots).toHaveLength(1);
    return snapshots[0];
  };

  test("of a running container, which goes on running", async () => {
    const ctid = await bench.running();
    await bench.driver().snapshot(ctid, taking("final-form"), call());
    expect((await bench.look(ctid)).state).toBe("running");
    expect(await names(ctid)).toEqual(["final-form"]);
  });

  test("keeps its description, and who took it", async () => {
    const ctid = await bench.create();
    const text = 'before 50% of "it": done, ünïcode & <more>';
    await bench.driver().snapshot(ctid, taking("one", "never", text), call());
    const snapshot = await only(ctid);
    expect(snapshot).toMatchObject({ run: runA });
    expect(readDescription(snapshot?.description ?? "").text).toBe(text);
  });

  test("are listed oldest first, each with its parent", async () => {
    const ctid = await bench.create();
    for (const name of ["zz-first", "mm-second", "aa-third"]) await bench.driver().snapshot(ctid, taking(name), call());
    expect((await bench.look(ctid)).snapshots).toMatchObject([
      { name: "zz-first", parent: null },
      { name: "mm-second", parent: "zz-first" },
      { name: "aa-third", parent: "mm-second" },
    ]);
  });

  test("the same name again: done already for its run, SNAPSHOT_EXISTS for another", async () => {
    const ctid = await bench.create();
    await bench.driver().snapshot(ctid, taking("one"), call(runA));
    const before = await bench.look(ctid);
    await bench.driver().snapshot(ctid, taking("one"), call(runA));
    await bench.driver().snapshot(ctid, taking("one", "atomic"), call(runA));
    await refused(bench.driver().snapshot(ctid, taking("one"), call(runB)), "SNAPSHOT_EXISTS");
    expect(await bench.look(ctid)).toEqual(before);
  });

  test("takes another's place in one step, where the driver can", async () => {
    const ctid = await bench.running();
    await bench.write(ctid, "/file", "old");
    await bench.driver().snapshot(ctid, taking("one"), call(runA));
    await bench.write(ctid, "/file", "new");
    const replaced = bench.driver().snapshot(ctid, taking("one", "atomic"), call(runB));
    if (!bench.driver().capabilities.atomic_replace) {
      await refused(replaced, "UNSUPPORTED");
      expect(await only(ctid)).toMatchObject({ name: "one", run: runA });
      return;
    }
    await replaced;
    expect(await only(ctid)).toMatchObject({ name: "one", run: runB });
    await bench.driver().restore(ctid, "one", call(runB));
    expect(await bench.whileRunning(ctid, () => bench.read(ctid, "/file"))).toBe("new");
  });

  test("are deleted, and those that stood on them stay", async () => {
    const ctid = await bench.create();
    for (const name of ["one", "two", "three"]) await bench.driver().snapshot(ctid, taking(name), call());
    await bench.driver().deleteSnapshot(ctid, "two", call());
    expect((await bench.look(ctid)).snapshots).toMatchObject([{ name: "one" }, { name: "three", parent: "one" }]);
    await bench.driver().deleteSnapshot(ctid, "never-was", call());
    await bench.driver().deleteSnapshot(ctid, "three", call());
    await bench.driver().snapshot(ctid, taking("four"), call());
    expect((await bench.look(ctid)).snapshots).toMatchObject([{ name: "one" }, { name: "four", parent: "one" }]);
  });

  test.each(badNames)("%j is no name: INVALID", async (name) => {
    const ctid = await bench.shared("stopped");
    await refused(bench.driver().snapshot(ctid, taking(name), call()), "INVALID");
    expect(await names(ctid)).toEqual(["old"]);
  });
}
