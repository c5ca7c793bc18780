import { expect, test } from "@jest/globals";
import type { Ctid } from "../../../src/agent/domain/container.ts";
import { attaching, call, refused, runB, taking, type Bench } from "./bench.ts";

export function restoreContract(bench: Bench): void {
  test("brings the root file system back, also of a running container, and leaves it stopped", async () => {
    const ctid = await bench.running();
    await bench.write(ctid, "/changed", "then");
    await bench.write(ctid, "/removed", "then");
    await bench.driver().snapshot(ctid, taking("pre-configured"), call());
    await bench.exec(ctid, ["sh", "-c", "echo now > /changed; rm /removed; echo now > /added"]);
    await bench.driver().restore(ctid, "pre-configured", call());
    expect((await bench.look(ctid)).state).toBe("stopped");
    await bench.driver().start(ctid, call());
    const files = ["/changed", "/removed", "/added"];
    expect(await Promise.all(files.map((path) => bench.read(ctid, path)))).toEqual(["then", "then", null]);
  });

  test("of the same snapshot, again and again, by any run", async () => {
    const ctid = await bench.running();
    await bench.write(ctid, "/file", "then");
    await bench.driver().snapshot(ctid, taking("base"), call());
    for (const run of [undefined, runB]) {
      await bench.driver().start(ctid, call());
      await bench.write(ctid, "/file", "later");
      await bench.driver().restore(ctid, "base", call(run));
    }
    expect(await bench.whileRunning(ctid, () => bench.read(ctid, "/file"))).toBe("then");
    expect((await bench.look(ctid)).snapshots).toMatchObject([{ name: "base" }]);
  });

  test("leaves what is in volumes and bind mounts, and all can be attached again", async () => {
    const ctid = await bench.create();
    const folder = await bench.host().hostFolder();
    const wanted = attaching({
      volumes: [{ name: "data", pool: bench.host().pool, size_gb: 1, mount_point: "/data", snapshot: false }],
      mounts: [{ host_path: folder, container_path: "/models", owner_uid: null, owner_gid: null }],
    });
    await bench.driver().attach(ctid, wanted, call());
    await bench.driver().start(ctid, call());
    await writeAll(bench, ctid, "old");
    await bench.driver().snapshot(ctid, taking("base"), call());
    await writeAll(bench, ctid, "new");
    const { attachments } = await bench.look(ctid);

    await bench.driver().restore(ctid, "base", call());
    await bench.driver().attach(ctid, { ...wanted, keep: attachments }, call());
    const after = await bench.look(ctid);
    expect(byPath(after.attachments)).toEqual(byPath(attachments));
    expect(after.detached).toEqual([]);
    expect(await bench.driver().attach(ctid, { ...wanted, keep: attachments }, call())).toEqual([]);
    expect(await bench.whileRunning(ctid, () => readAll(bench, ctid))).toEqual(["old", "new", "new"]);
  });

  test("the settings can be applied again", async () => {
    const ctid = await bench.create();
    await bench.driver().configure(ctid, bench.host().first, call());
    await bench.driver().snapshot(ctid, taking("base"), call());
    await bench.driver().configure(ctid, bench.host().second, call());
    await bench.driver().restore(ctid, "base", call());
    await bench.driver().configure(ctid, bench.host().second, call());
    expect((await bench.look(ctid)).settings).toMatchObject(bench.host().second);
  });

  test("a snapshot that is not there is SNAPSHOT_MISSING, and the container goes on", async () => {
    const ctid = await bench.shared("running");
    const before = await bench.look(ctid);
    await refused(bench.driver().restore(ctid, "nowhere", call()), "SNAPSHOT_MISSING");
    expect(await bench.look(ctid)).toEqual(before);
  });

  test("an older snapshot: newer ones stay, or it is SNAPSHOT_NOT_NEWEST, names them and changes nothing", async () => {
    const ctid = await bench.running();
    await bench.write(ctid, "/file", "oldest");
    for (const name of ["one", "two", "three"]) await bench.driver().snapshot(ctid, taking(name), call());
    await bench.write(ctid, "/file", "now");
    const before = await bench.look(ctid);
    const restored = bench.driver().restore(ctid, "one", call());
    if (before.snapshot_support.can === "newest") {
      const message = await refused(restored, "SNAPSHOT_NOT_NEWEST");
      for (const name of ["two", "three"]) expect(message).toContain(name);
      expect(await bench.look(ctid)).toEqual(before);
      await bench.driver().deleteSnapshot(ctid, "two", call());
      await bench.driver().deleteSnapshot(ctid, "three", call());
      await bench.driver().restore(ctid, "one", call());
    } else {
      await restored;
      expect((await bench.look(ctid)).snapshots.map((snapshot) => snapshot.name)).toEqual(["one", "two", "three"]);
    }
    expect(await bench.whileRunning(ctid, () => bench.read(ctid, "/file"))).toBe("oldest");
  });
}

const paths = ["/root-file", "/data/file", "/models/file"];

async function writeAll(bench: Bench, ctid: Ctid, line: string): Promise<void> {
  for (const path of paths) await bench.write(ctid, path, line);
}

function readAll(bench: Bench, ctid: Ctid): Promise<(string | null)[]> {
  return Promise.all(paths.map((path) => bench.read(ctid, path)));
}

function byPath<T extends { readonly container_path: string }>(attachments: readonly T[]): readonly T[] {
  return attachments.toSorted((a, b) => a.container_path.localeCompare(b.container_path));
}
