import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeContainers } from "../../support/describe-containers.ts";
import { makeHouse, type Ground, type House } from "./house.ts";

/** What README and demo claim, with the built executables and real containers, on any platform that has some. */
export function letsgoSuite(name: string, ground: () => Ground): void {
  describeContainers(`letsgo on real containers, ${name}`, () => defineTests(ground));
}

function defineTests(ground: () => Ground): void {
  let house: House;

  beforeAll(async () => {
    house = makeHouse(ground());
    await house.startAgent();
    const { code, err } = house.ctl("orchestrate", "--all");
    if (code !== 0) throw new Error(`orchestrate --all ended with exit code ${code}: ${err}`);
  });
  afterAll(() => house.dispose());

  const states = () => Object.fromEntries(containers().map(({ ctid, state }) => [ctid, state]));
  const containers = () =>
    (
      JSON.parse(house.ctl("ps", "-o", "json").out) as {
        containers: { ctid: number; state: string; snapshots: { name: string; run_id: string }[] }[];
      }
    ).containers;
  const snapshots = (ctid: number) => containers().find((each) => each.ctid === ctid)?.snapshots ?? [];
  const lastRun = () =>
    (JSON.parse(house.ctl("run", "list", "-o", "json").out) as { runs: { id: string; state: string; outcome: string }[] }).runs[0];

  test("orchestrate brings all up in order, and shuts down what has a GPU", () => {
    expect(states()).toEqual({ 900: "running", 950: "stopped", 952: "running", 953: "running" });
    expect(snapshots(950).map(({ name }) => name)).toEqual(["pre-configured", "final-form"]);
  });

  test("a second orchestrate has nothing to do", () => {
    const { code, out } = house.ctl("plan", "orchestrate", "--all");
    expect({ code, out }).toMatchObject({ code: 0 });
  });

  test("letsgo takes the root file system back, runs the new script and leaves the data volume alone", () => {
    expect(house.ctl("start", "950").code).toBe(0);
    house.inside(950, "echo by hand >/etc/broken; echo chat >/var/chats/first");
    house.script("model.sh", readFileSync(join(house.folder, "bin/model.sh"), "utf8").replace("VERSION=1", "VERSION=2"));
    const base = snapshots(950)[0];
    const { code, out } = house.ctl("letsgo", "950");
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining("950 is running on") as string });
    expect(house.ctl("exec", "950", "--", "test", "-e", "/etc/broken").code).toBe(1);
    expect(house.inside(950, "wget -q -O - http://127.0.0.1:8000/cgi-bin/answer")).toContain("version 2");
    expect(house.inside(950, "cat /var/chats/first")).toBe("chat");
    expect(snapshots(950)[0]).toEqual(base);
    expect(snapshots(950)[1]?.run_id).toBe(lastRun()?.id);
    expect(states()[950]).toBe("running");
  });

  test("what plan prints is what the run does, and planning does nothing", () => {
    const before = containers();
    const plan = JSON.parse(house.ctl("plan", "letsgo", "953", "-o", "json").out) as { plans: { steps: { id: string }[] }[] };
    expect(house.ctl("letsgo", "953", "--dry-run").code).toBe(7);
    expect(containers()).toEqual(before);
    const events = house.ctl("letsgo", "953", "-o", "ndjson").out.trim().split("\n");
    const begun = events.flatMap((line) => {
      const { event, step } = JSON.parse(line) as { event: string; step?: { id: string } };
      return event === "step_started" ? [step?.id] : [];
    });
    expect(begun).toEqual(plan.plans[0]?.steps.map(({ id }) => id));
  });

  test("a failed letsgo goes back to the old final-form, running, and says both", () => {
    const notes = readFileSync(join(house.folder, "bin/notes.sh"), "utf8");
    const old = snapshots(952)[1];
    house.script("notes.sh", "#!/bin/sh\ntouch /etc/half-done\necho 'no module named vllm' >&2\nexit 3\n");
    const { code, err, out } = house.ctl("letsgo", "952");
    expect(code).toBe(1);
    expect(out + err).toContain("notes.sh ended with exit code 3");
    expect(out + err).toContain("back at its last final-form");
    expect(states()[952]).toBe("running");
    expect(snapshots(952)[1]).toEqual(old);
    expect(house.ctl("exec", "952", "--", "test", "-e", "/etc/half-done").code).toBe(1);

    expect(house.ctl("letsgo", "952", "--on-failure", "keep").code).toBe(1);
    expect(house.ctl("exec", "952", "--", "test", "-e", "/etc/half-done").code).toBe(0);
    house.script("notes.sh", notes);
    expect(house.ctl("letsgo", "952").code).toBe(0);
  });

  test("a run survives the agent's SIGKILL, and whoever watches it misses nothing", async () => {
    const notes = readFileSync(join(house.folder, "bin/notes.sh"), "utf8");
    const gate = join(house.folder, "gate");
    house.manifest((manifest) => {
      Object.assign(manifest.lxc_configs["952"] ?? {}, { mount_points: [{ host_path: house.folder, container_path: "/house" }] });
    });
    house.script("notes.sh", `${notes}\necho ran >>/root/ran\necho waiting\nwhile [ ! -e /house/gate ]; do sleep 0.05; done\n`);
    const run = house.begin("letsgo", "952");
    await run.prints("waiting");
    await house.endAgent("SIGKILL");
    writeFileSync(gate, "");
    await house.startAgent();
    const { code, out } = await run.ended;
    expect(code).toBe(0);
    expect(out.split("\n").filter((line) => /application +begins/.test(line))).toHaveLength(2);
    expect(house.inside(952, "cat /root/ran")).toBe("ran");
    expect(states()[952]).toBe("running");
    expect(snapshots(952).map(({ name }) => name)).toEqual(["pre-configured", "final-form"]);
    house.script("notes.sh", notes);
  });

  test("SIGTERM ends the agent in order, also in the middle of a script, and its next life goes on", async () => {
    const notes = readFileSync(join(house.folder, "bin/notes.sh"), "utf8");
    house.script("notes.sh", `${notes}\necho waiting\nwhile [ ! -e /house/gate2 ]; do sleep 0.05; done\n`);
    const run = house.begin("letsgo", "952");
    await run.prints("waiting");
    expect(await house.endAgent("SIGTERM")).toBe(0);
    expect(existsSync(house.socket)).toBe(false);
    writeFileSync(join(house.folder, "gate2"), "");
    await house.startAgent();
    expect((await run.ended).code).toBe(0);
    house.script("notes.sh", notes);
  });

  test("a script that hangs is ended inside too", () => {
    const page = readFileSync(join(house.folder, "bin/front_page.sh"), "utf8");
    house.manifest((manifest) => {
      Object.assign(manifest.lxc_configs["953"] ?? {}, { timeout_s: 1, on_failure: "keep" });
    });
    house.script("front_page.sh", "#!/bin/sh\nsleep 4242 &\nsleep 4242\n");
    const { code, out, err } = house.ctl("letsgo", "953");
    expect(code).toBe(1);
    expect(out + err).toContain("took longer than 1 s");
    expect(house.inside(953, "ps -o args | grep -c '[s]leep 4242' || true")).toBe("0");
    house.script("front_page.sh", page);
    house.manifest((manifest) => {
      Object.assign(manifest.lxc_configs["953"] ?? {}, { timeout_s: 60 });
    });
    expect(house.ctl("letsgo", "953").code).toBe(0);
  });

  test("output of any kind and size is kept within bounds, and a background child does not hold the run up", () => {
    const page = readFileSync(join(house.folder, "bin/front_page.sh"), "utf8");
    house.script(
      "front_page.sh",
      `${page}\nhead -c 20000000 /dev/zero | tr '\\0' x | fold -w 100\nprintf '\\377\\376 no newline'\nsleep 4243 &\n`,
    );
    expect(house.ctl("letsgo", "953").code).toBe(0);
    const { out } = house.ctl("run", "logs", lastRun()?.id ?? "");
    expect(out).toContain("\uFFFD\uFFFD no newline");
    expect(out.length).toBeLessThan(4_000_000);
    expect(house.inside(953, "ps -o args | grep -c '[s]leep 4243'")).toBe("1");
    house.script("front_page.sh", page);
  });

  test("a container that somebody else stops in the middle of a run is told so, and brought back", async () => {
    const notes = readFileSync(join(house.folder, "bin/notes.sh"), "utf8");
    house.script("notes.sh", "#!/bin/sh\necho waiting\nsleep 4244\n");
    const run = house.begin("letsgo", "952");
    await run.prints("waiting");
    house.ctl("exec", "952", "--", "kill", "-TERM", "1");
    const { code, out, err } = await run.ended;
    expect(code).toBe(1);
    expect(out + err).toContain("back at its last final-form");
    expect(states()[952]).toBe("running");
    house.script("notes.sh", notes);
  });

  test("snapshots by hand: create, restore with volumes attached again, delete", () => {
    house.inside(950, "echo one >/etc/mine; echo kept >/var/chats/second");
    expect(house.ctl("snapshot", "create", "950", "mine").code).toBe(0);
    house.inside(950, "echo two >/etc/mine; echo kept still >/var/chats/second");
    expect(house.ctl("snapshot", "restore", "950", "mine").code).toBe(0);
    expect(house.inside(950, "cat /etc/mine /var/chats/second")).toBe("one\nkept still");
    expect(house.ctl("snapshot", "delete", "950", "mine").code).toBe(0);
    expect(snapshots(950).map(({ name }) => name)).toEqual(["pre-configured", "final-form"]);
  });
}
