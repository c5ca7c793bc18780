import { join } from "node:path";
import { lxcDriver } from "../../src/agent/driver/lxc/lxc.ts";
import { attaching, call, collected, taking } from "./contract/bench.ts";
import { describeContainers } from "../support/describe-containers.ts";
import { makePool, type TestPool } from "../support/pool.ts";

describeContainers("plain LXC on a file system without snapshots", () => {
  let pool: TestPool;
  let driver: ReturnType<typeof lxcDriver>;
  const volume = { name: "data", pool: "", size_gb: 1, mount_point: "/data", snapshot: true };

  beforeAll(() => {
    pool = makePool("overlay");
    driver = lxcDriver({ path: pool.path }, { templates_base: join(pool.template, "..") });
  });
  afterAll(() => pool.dispose());

  const create = (ctid: number, origin: { from: "template"; template: string } | { from: "clone"; source: number; snapshot: string }) =>
    driver.create(ctid, { do: "create", origin, name: `c${ctid}`, pool: "", unprivileged: false, settings: {} }, call());
  const sh = async (ctid: number, script: string) => {
    const { output, stdout, stderr } = collected();
    const code = await driver.exec(ctid, { argv: ["sh", "-c", script], env: {}, stdin: "none", output }, call());
    return `${code} ${stdout()}${stderr()}`.trim();
  };

  test("a restore brings back what was changed, removed and emptied, clones begin there, and a snapshot's volume goes along", async () => {
    await create(701, { from: "template", template: "template" });
    await driver.attach(701, attaching({ volumes: [volume] }), call());
    await driver.start(701, call());
    // Removing from the template and putting a folder in place of one make whiteouts and opaque folders.
    expect(await sh(701, "rm /etc/group; rm -r /usr; mkdir /usr; echo then > /file; echo then > /data/file; ln -s /file /link")).toBe("0");
    await driver.snapshot(701, taking("base"), call());
    expect((await driver.observe()).containers.get(701)?.state).toBe("running");
    expect(await sh(701, "echo back > /etc/group; echo now > /file; echo now > /data/file; rm /link; touch /new")).toBe("0");
    await driver.restore(701, "base", call());
    await driver.start(701, call());
    expect(await sh(701, "ls /etc/group; cat /file /data/file /link; ls /new; ls -A /usr | wc -l; ls /bin/sh")).toBe(
      "0 then\nthen\nthen\n0\n/bin/sh\nls: /etc/group: No such file or directory\nls: /new: No such file or directory",
    );
    await create(702, { from: "clone", source: 701, snapshot: "base" });
    await driver.start(702, call());
    expect(await sh(702, "cat /file; ls /etc/group; hostname; ls /data")).toBe("0 then\nc702\nls: /etc/group: No such file or directory");
  });

  test("two containers of one template do not see each other", async () => {
    await create(703, { from: "template", template: pool.template });
    await create(704, { from: "template", template: pool.template });
    await driver.start(703, call());
    await driver.start(704, call());
    await sh(703, "echo mine > /file");
    expect(await sh(704, "cat /file")).toBe("1 cat: can't open '/file': No such file or directory");
  });

  test("a snapshot takes another's place", async () => {
    await create(705, { from: "template", template: pool.template });
    await driver.start(705, call());
    for (const run of ["01JD0000000000000000000000", "01JD0000000000000000000001"]) {
      await sh(705, `echo ${run} > /file`);
      await driver.snapshot(705, taking("final-form", "atomic"), call(run));
    }
    await driver.restore(705, "final-form", call());
    await driver.start(705, call());
    expect(await sh(705, "cat /file")).toBe("0 01JD0000000000000000000001");
    await driver.deleteSnapshot(705, "final-form", call());
    expect((await driver.observe()).containers.get(705)?.snapshots).toEqual([]);
  });
});
