import { chmodSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../../../src/agent/domain/errors.ts";
import { by, makeHome, manifest, pushed, told, type Home } from "./support.ts";

let home: Home;
beforeEach(() => {
  home = makeHome();
  home.write("etc/phoenix_lxc_configs.json", manifest());
  home.write("bin/model.sh", "model 1\n");
  home.write("bin/backup.sh", "nobody's\n");
  home.write("bin/lxc_setup/docker.sh", "docker 1\n");
});
afterEach(() => home.dispose());

const memory = (keeper: ReturnType<Home["live"]>) => keeper.current().manifest.containers.get(950)?.settings.memory_mb;
const versions = () => home.book().list(100, null).map(told).toReversed();
const everything = { manifest: manifest(), "scripts/model.sh": "model 1\n", "features/docker.sh": "docker 1\n" };
const found = "1 found: manifest, scripts/model.sh, features/docker.sh";
const whole = "manifest (pushed), scripts/model.sh (pushed), features/docker.sh (pushed)";

test("what is there becomes a version: the manifest and what it names, once", () => {
  const keeper = home.live();
  expect(keeper.current().version).toBe(1);
  expect(keeper.current().version).toBe(1);
  expect(versions()).toEqual([found]);
  expect(home.live().current().version).toBe(1);
});

describe("edits on the host", () => {
  test("count from then on, and are kept", () => {
    const keeper = home.live();
    keeper.current();
    home.write("etc/phoenix_lxc_configs.json", manifest({ memory_mb: 1024 }));
    expect(memory(keeper)).toBe("1024");
    home.write("bin/model.sh", "model 2\n");
    const { version, files, content } = keeper.current();
    expect(Buffer.from(content(files.scripts.get("model.sh") ?? "")).toString()).toBe("model 2\n");
    expect(version).toBe(3);
    home.write("bin/backup.sh", "still nobody's\n");
    expect(keeper.current().version).toBe(3);
    expect(keeper.trouble()).toBeNull();
    expect(home.told).toEqual([
      "info version 1 of the configuration is in force, as it was found on the host",
      "info version 2 of the configuration is in force, edited on the host",
      "info version 3 of the configuration is in force, edited on the host",
    ]);
  });

  test.each([
    ["not JSON", "{", "the files on the host have 1 error; version 1 stays in force"],
    ["an error in one container", manifest({ cores: -1 }), "the files on the host have 1 error; version 1 stays in force"],
    [
      "one CTID twice",
      manifest().replace('"950": {', '"950": {}, "950": {'),
      "the files on the host have 1 error; version 1 stays in force",
    ],
  ])("that are broken leave the last good version in force: %s", (_, text, trouble) => {
    const keeper = home.live();
    keeper.current();
    home.write("etc/phoenix_lxc_configs.json", text);
    expect(memory(keeper)).toBe("512");
    expect(keeper.current().version).toBe(1);
    expect(keeper.trouble()).toMatchObject({ text: trouble, problems: [{ severity: "error" }] });
    expect(versions()).toEqual([found, "2 edited: manifest, scripts/model.sh, features/docker.sh; 1 error"]);
    expect(home.told.at(-1)).toMatch(/^error version 2 .* has 1 error and is set aside: /);
    home.write("etc/phoenix_lxc_configs.json", manifest());
    expect([keeper.current().version, keeper.trouble()]).toEqual([1, null]);
  });

  test("a manifest that is gone, or far too large", () => {
    const keeper = home.live();
    keeper.current();
    home.remove("etc/phoenix_lxc_configs.json");
    expect(memory(keeper)).toBe("512");
    expect(keeper.trouble()?.text).toMatch(/there is no such file.*; version 1 stays in force$/);
    writeFileSync(join(home.folder, "etc/phoenix_lxc_configs.json"), "");
    truncateSync(join(home.folder, "etc/phoenix_lxc_configs.json"), 50 << 20);
    expect(keeper.trouble()?.text).toMatch(/it has 52428800 bytes, expected at most 16777216; version 1 stays in force$/);
    const push = () => keeper.commit(keeper.candidate(pushed(everything)), by(home.book()));
    expect(push).toThrow(/on the host would be lost: it has 52428800 bytes/);
    expect(versions()).toEqual([found]);
  });

  test("as long as there never was a good one, errors stop only their containers", () => {
    home.write("etc/phoenix_lxc_configs.json", manifest({}, { "951": { name: "b", cores: -1 } }));
    const keeper = home.live();
    expect([...keeper.current().manifest.containers.keys()]).toEqual([950]);
    expect([...keeper.current().manifest.broken.keys()]).toEqual([951]);
    expect(keeper.trouble()).toBeNull();
    expect(versions()).toEqual([`${found}; 1 error`]);
  });
});

describe("a push", () => {
  test("replaces, adds and keeps; what was not pushed once is left alone", async () => {
    chmodSync(join(home.folder, "bin/model.sh"), 0o640);
    const keeper = home.live();
    const first = { manifest: manifest({ memory_mb: 768 }), "scripts/model.sh": "model 2\n", "scripts/library.sh": "library\n" };
    const candidate = keeper.candidate(pushed(first));
    expect(candidate).toMatchObject({ errors: 0, removals: [], kept: [{ place: "features", name: "docker.sh" }] });
    keeper.commit(candidate, by(home.book()));
    expect(memory(keeper)).toBe("768");
    expect(await keeper.settle()).toBe("");
    expect(home.files()).toEqual({
      "bin/backup.sh": "nobody's\n",
      "bin/library.sh": "library\n",
      "bin/lxc_setup/docker.sh": "docker 1\n",
      "bin/model.sh": "model 2\n",
      "etc/phoenix_lxc_configs.json": first.manifest,
    });
    expect(statSync(join(home.folder, "bin/model.sh")).mode & 0o777).toBe(0o640);
    expect(statSync(join(home.folder, "bin/library.sh")).mode & 0o777).toBe(0o755);
    const { "scripts/library.sh": _, ...second } = first;
    expect(keeper.candidate(pushed(second)).removals).toMatchObject([{ name: "library.sh" }]);
    keeper.commit(keeper.candidate(pushed(second)), by(home.book()));
    await keeper.settle();
    expect(Object.keys(home.files())).not.toContain("bin/library.sh");
    expect(versions()).toEqual([
      found,
      "2 pushed: manifest (pushed), scripts/library.sh (pushed), scripts/model.sh (pushed), features/docker.sh",
      "3 pushed: manifest (pushed), scripts/model.sh (pushed), features/docker.sh",
    ]);
    expect([keeper.current().version, home.live().current().version]).toEqual([3, 3]);
  });

  test("of the same again changes nothing", async () => {
    const keeper = home.live();
    keeper.commit(keeper.candidate(pushed(everything)), by(home.book()));
    await keeper.settle();
    expect(keeper.commit(keeper.candidate(pushed(everything)), by(home.book(), { request_id: "another" })).no).toBe(2);
    expect(versions()).toEqual([found, `2 pushed: ${whole}`]);
  });

  test("asked for twice with one request_id is one", async () => {
    const keeper = home.live();
    const once = by(home.book(), { base: 1 });
    keeper.current();
    const wanted = keeper.candidate(pushed({ ...everything, "scripts/model.sh": "model 2\n" }));
    expect(keeper.commit(wanted, once).no).toBe(2);
    expect(keeper.commit(wanted, once).no).toBe(2);
  });

  test("of two at once one wins, and the other is told who and what", () => {
    const keeper = home.live();
    keeper.current();
    const [ana, ben] = ["model A\n", "model B\n"].map((text) => keeper.candidate(pushed({ ...everything, "scripts/model.sh": text })));
    if (!ana || !ben) throw new Error("two were asked for");
    keeper.commit(ana, by(home.book(), { base: 1, message: "a larger model" }));
    expect(() => keeper.commit(ben, by(home.book(), { base: 1, author: "ben", request_id: "ben's" }))).toThrow(
      /^version 2 was pushed by ana at 2026-11-20T00:00:\d\dZ \(a larger model\), after version 1, which you have seen$/,
    );
  });

  test("after an edit on the host that the pusher has not seen is refused", () => {
    const keeper = home.live();
    keeper.current();
    const wanted = keeper.candidate(pushed(everything));
    home.write("bin/model.sh", "by hand\n");
    expect(() => keeper.commit(wanted, by(home.book(), { base: 1 }))).toThrow(/^version 2 was edited at .*, after version 1/);
  });

  test("keeps what a file had that no version knows, before it is replaced", async () => {
    const keeper = home.live();
    keeper.current();
    const wanted = keeper.candidate(pushed({ ...everything, "scripts/backup.sh": "pushed\n" }));
    expect(wanted.before.map(({ name }) => name)).toContain("backup.sh");
    keeper.commit(wanted, by(home.book()));
    await keeper.settle();
    expect(versions()[1]).toBe("2 edited: manifest, scripts/backup.sh, scripts/model.sh, features/docker.sh; replaced by the next one");
    const before = home.book().get(2);
    if (before === null) throw new Error("it is kept");
    keeper.commit(keeper.older(before), by(home.book(), { cause: "reverted" }));
    await keeper.settle();
    expect(home.files()["bin/backup.sh"]).toBe("nobody's\n");
  });

  test("with anything wrong in it says everything, and nothing is changed by looking", () => {
    const keeper = home.live();
    const { problems, errors } = keeper.candidate(
      pushed({ manifest: manifest({ cores: -1, memory_mb: 1 }), "scripts/a\nb": "", "scripts/-rf": "", "features/..": "" }),
    );
    expect(errors).toBe(5);
    expect(problems.filter(({ severity }) => severity === "error").map(({ path }) => path)).toEqual([
      '$.lxc_configs["950"].memory_mb',
      '$.lxc_configs["950"].cores',
      "scripts",
      "scripts",
      "features",
    ]);
    expect(versions()).toEqual([found]);
  });

  test("replaces a broken edit, which stays in the history", async () => {
    const keeper = home.live();
    keeper.current();
    home.write("etc/phoenix_lxc_configs.json", "{ broken");
    keeper.current();
    keeper.commit(keeper.candidate(pushed(everything)), by(home.book()));
    await keeper.settle();
    expect([keeper.current().version, keeper.trouble()]).toEqual([3, null]);
    expect(home.files()["etc/phoenix_lxc_configs.json"]).toBe(manifest());
    const aside = home.book().get(2)?.files[0];
    expect(Buffer.from(home.book().content(aside?.hash ?? "")).toString()).toBe("{ broken");
  });

  test("onto a host that has nothing makes the folders", async () => {
    const empty = makeHome();
    try {
      const keeper = empty.live();
      expect(keeper.current()).toMatchObject({ version: null });
      keeper.commit(keeper.candidate(pushed(everything)), by(empty.book()));
      expect(await keeper.settle()).toBe("");
      expect(Object.keys(empty.files())).toEqual(["bin/lxc_setup/docker.sh", "bin/model.sh", "etc/phoenix_lxc_configs.json"]);
      expect(statSync(join(empty.folder, "etc/phoenix_lxc_configs.json")).mode & 0o777).toBe(0o600);
    } finally {
      empty.dispose();
    }
  });
});

test("going back takes everything back, and is a new version", async () => {
  const keeper = home.live();
  keeper.current();
  const before = home.files();
  keeper.commit(
    keeper.candidate(pushed({ ...everything, manifest: manifest({ cores: 8 }), "scripts/more.sh": "more\n" })),
    by(home.book()),
  );
  await keeper.settle();
  const first = home.book().get(1);
  if (first === null) throw new Error("it is kept");
  const wanted = keeper.older(first);
  expect(wanted.removals.map(({ name }) => name)).toEqual(["more.sh"]);
  keeper.commit(wanted, by(home.book(), { cause: "reverted", message: "back to version 1" }));
  await keeper.settle();
  expect(home.files()).toEqual(before);
  expect(versions().at(-1)).toBe("3 reverted: manifest, scripts/model.sh, features/docker.sh");
  expect(home.book().get(3)?.hash).toBe(first.hash);
});

test("what versions have is not pruned with old runs", async () => {
  const keeper = home.live();
  keeper.current();
  home.write("bin/model.sh", "model 2\n");
  keeper.current();
  expect(await home.store().prune(Date.now())).toMatchObject({ blobs: 0 });
  const first = home
    .book()
    .get(1)
    ?.files.find(({ name }) => name === "model.sh");
  expect(Buffer.from(home.book().content(first?.hash ?? "")).toString()).toBe("model 1\n");
});

test("a store that can't be written leaves what counted in force, and shows it", () => {
  const keeper = home.live();
  keeper.current();
  home.write("bin/model.sh", "model 2\n");
  home.crash();
  expect(keeper.current().version).toBe(1);
});

test("the fault of a push that came too late is STATE_CHANGED", () => {
  const keeper = home.live();
  keeper.current();
  const push = () => keeper.commit(keeper.candidate(pushed(everything)), by(home.book(), { base: 7 }));
  try {
    push();
    throw new Error("it was taken");
  } catch (thrown) {
    expect(thrown instanceof Fault ? thrown.failure.reason : thrown).toBe("STATE_CHANGED");
  }
});
