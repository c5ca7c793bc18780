import { expect, test } from "@jest/globals";
import { attaching, call, refused, type Bench } from "./bench.ts";

export function attachContract(bench: Bench): void {
  const volume = (mount_point: string, snapshot = false) => ({
    name: mount_point.slice(1),
    pool: bench.host().pool,
    size_gb: 1,
    mount_point,
    snapshot,
  });
  const bind = (host_path: string, container_path: string) => ({ host_path, container_path, owner_uid: null, owner_gid: null });

  test("attaches volumes and bind mounts, and gives their paths", async () => {
    const ctid = await bench.create();
    const folder = await bench.host().hostFolder();
    const wanted = attaching({ volumes: [volume("/data")], mounts: [bind(folder, "/models")] });
    expect([...(await bench.driver().attach(ctid, wanted, call()))].sort()).toEqual(["/data", "/models"]);
    const { attachments } = await bench.look(ctid);
    expect(attachments).toHaveLength(2);
    expect(attachments).toContainEqual(expect.objectContaining({ kind: "volume", container_path: "/data", in_snapshots: false }));
    expect(attachments).toContainEqual({ kind: "bind", source: folder, container_path: "/models", in_snapshots: false });
  });

  test("attaches nothing twice, and no second volume is made", async () => {
    const ctid = await bench.create();
    const wanted = attaching({ volumes: [volume("/data")], mounts: [bind(await bench.host().hostFolder(), "/models")] });
    await bench.driver().attach(ctid, wanted, call());
    const { attachments } = await bench.look(ctid);
    expect(await bench.driver().attach(ctid, wanted, call())).toEqual([]);
    expect(await bench.driver().attach(ctid, { ...wanted, keep: attachments }, call())).toEqual([]);
    expect(await bench.look(ctid)).toMatchObject({ attachments, detached: [] });
  });

  test("never detaches", async () => {
    const ctid = await bench.create();
    await bench.driver().attach(ctid, attaching({ volumes: [volume("/data")] }), call());
    expect(await bench.driver().attach(ctid, attaching({ volumes: [volume("/more")] }), call())).toEqual(["/more"]);
    expect((await bench.look(ctid)).attachments.map((a) => a.container_path).sort()).toEqual(["/data", "/more"]);
    expect(await bench.driver().attach(ctid, attaching({}), call())).toEqual([]);
    expect((await bench.look(ctid)).attachments).toHaveLength(2);
  });

  test("what is written there is there after a stop and a start, and a folder can be seen by two", async () => {
    const folder = await bench.host().hostFolder();
    const [one, two] = [await bench.create(), await bench.create()];
    await bench.driver().attach(one, attaching({ volumes: [volume("/data")], mounts: [bind(folder, "/models")] }), call());
    await bench.driver().attach(two, attaching({ mounts: [bind(folder, "/shared")] }), call());
    await bench.whileRunning(one, async () => {
      await bench.write(one, "/data/file", "mine");
      await bench.write(one, "/models/file", "ours");
    });
    expect(await bench.whileRunning(one, () => bench.read(one, "/data/file"))).toBe("mine");
    expect(await bench.whileRunning(two, () => bench.read(two, "/shared/file"))).toBe("ours");
  });

  test("a running container: as the capability says", async () => {
    const ctid = await bench.running();
    const attached = bench.driver().attach(ctid, attaching({ volumes: [volume("/data")] }), call());
    if (!bench.driver().capabilities.live_attach) return refused(attached, "CONTAINER_RUNNING");
    expect(await attached).toEqual(["/data"]);
    await bench.write(ctid, "/data/file", "live");
    return expect(bench.read(ctid, "/data/file")).resolves.toBe("live");
  });
}
