// A push is cut off at every write to the disk: what counts is the old or the new version whole, and the disk becomes the same.
import { realDisk, type Disk } from "../../../src/agent/config/versions/lay.ts";
import { by, makeHome, manifest, pushed, told, type Home } from "./support.ts";

let home: Home;
beforeEach(() => {
  home = makeHome();
  home.write("etc/phoenix_lxc_configs.json", manifest());
  home.write("bin/model.sh", "model 1\n");
  home.write("bin/old.sh", "old\n");
  home.write("bin/lxc_setup/docker.sh", "docker 1\n");
});
afterEach(() => home.dispose());

const first = { manifest: manifest(), "scripts/model.sh": "model 1\n", "scripts/old.sh": "old\n", "features/docker.sh": "docker 1\n" };
const second = {
  manifest: manifest({ memory_mb: 1024 }),
  "scripts/model.sh": "model 2\n",
  "scripts/new.sh": "new\n",
  "features/docker.sh": "docker 2\n",
};
const after = {
  "bin/lxc_setup/docker.sh": "docker 2\n",
  "bin/model.sh": "model 2\n",
  "bin/new.sh": "new\n",
  "etc/phoenix_lxc_configs.json": second.manifest,
};

/** Does so many things, and nothing any more from then on. */
function dyingAfter(count: number, how: "before" | "after"): Disk {
  let done = 0;
  const mortal = async (work: () => Promise<void>) => {
    if (done >= count) throw new Error("the agent has died");
    done += 1;
    if (done < count || how === "after") await work();
    if (done === count) throw new Error("the agent has died");
  };
  return { write: (...args) => mortal(() => realDisk.write(...args)), remove: (path) => mortal(() => realDisk.remove(path)) };
}

async function pushFirst(): Promise<void> {
  const keeper = home.live();
  keeper.commit(keeper.candidate(pushed(first)), by(home.book()));
  await keeper.settle();
}

const writes = 5;
const moments = Array.from({ length: writes }, (_, at) => at + 1).flatMap((at) => [[at, "before"] as const, [at, "after"] as const]);

test.each(moments)("killed at the write number %d, %s it is done", async (at, how) => {
  await pushFirst();
  const dying = home.live(dyingAfter(at, how));
  dying.commit(dying.candidate(pushed(second)), by(home.book()));
  expect(await dying.settle()).toBe("the agent has died");
  home.crash();
  const next = home.live();
  // Before it has looked after the disk, and afterwards, the new one counts whole.
  for (const settled of ["not yet", "settled"]) {
    if (settled === "settled") expect(await next.settle()).toBe("");
    const { manifest: read, files, content } = next.current();
    expect(read.containers.get(950)?.settings.memory_mb).toBe("1024");
    expect([...files.scripts.keys()]).toEqual(["model.sh", "new.sh"]);
    expect(Buffer.from(content(files.scripts.get("model.sh") ?? "")).toString()).toBe("model 2\n");
  }
  expect(home.files()).toEqual(after);
  expect(
    home
      .book()
      .list(10, null)
      .map(({ no }) => no),
  ).toEqual([3, 2, 1]);
  expect(next.trouble()).toBeNull();
});

test("a disk that can't be written is said, and tried again until it can", async () => {
  await pushFirst();
  const broken: Disk = { write: () => Promise.reject(new Error("EROFS: read-only file system")), remove: realDisk.remove };
  const keeper = home.live(broken);
  keeper.commit(keeper.candidate(pushed(second)), by(home.book()));
  expect(await keeper.settle()).toBe("EROFS: read-only file system");
  expect(keeper.trouble()?.text).toBe("version 3 is in force, but can't be written to the host's disk: EROFS: read-only file system");
  expect(keeper.current().manifest.containers.get(950)?.settings.memory_mb).toBe("1024");
  expect(await home.live().settle()).toBe("");
  expect(home.files()).toEqual(after);
});

test("a file that somebody edits before the version has been written is kept, and does not count", async () => {
  await pushFirst();
  const dying = home.live(dyingAfter(1, "before"));
  dying.commit(dying.candidate(pushed(second)), by(home.book()));
  await dying.settle();
  home.crash();
  home.write("bin/model.sh", "by hand, meanwhile\n");
  const next = home.live();
  await next.settle();
  expect(next.current().version).toBe(3);
  expect(home.files()).toEqual(after);
  const aside = home.book().newest();
  if (aside === null) throw new Error("it is kept");
  expect(told(aside)).toMatch(/^4 edited: .*scripts\/model\.sh,.*; edited while version 3 was being written$/);
  const file = aside.files.find(({ name }) => name === "model.sh");
  expect(Buffer.from(home.book().content(file?.hash ?? "")).toString()).toBe("by hand, meanwhile\n");
});

test("two versions before the first is written: the disk becomes the second, without what only the first had", async () => {
  await pushFirst();
  const dying = home.live(dyingAfter(4, "after"));
  dying.commit(dying.candidate(pushed(second)), by(home.book()));
  await dying.settle();
  dying.commit(dying.candidate(pushed({ ...first, manifest: second.manifest })), by(home.book()));
  home.crash();
  const next = home.live();
  await next.settle();
  expect(Object.keys(home.files())).toEqual(["bin/lxc_setup/docker.sh", "bin/model.sh", "bin/old.sh", "etc/phoenix_lxc_configs.json"]);
  expect(home.files()["bin/model.sh"]).toBe("model 1\n");
});
