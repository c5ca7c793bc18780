import { status } from "@grpc/grpc-js";
import { refusal, type Script } from "../support/fake-agent.ts";
import { having, makeFleet, type Fleet } from "../support/fleet.ts";
import { container, run } from "../support/samples.ts";

let fleet: Fleet;
afterEach(async () => fleet.close());

const asked = (name: string, method = "ListContainers") => fleet.agents[name]?.calls.filter((call) => call.method === method).length;
const here = (out: string) => (JSON.parse(out) as { host: string }).host;

describe("a container", () => {
  test("is looked for everywhere once, and from then on asked for where it was", async () => {
    fleet = await makeFleet({ pve1: having(950), pve2: having(1203) });
    const show = async () => here((await fleet.ctl(["show", "1203", "-o", "json"])).stdout);
    expect([await show(), asked("pve1"), asked("pve2")]).toEqual(["pve2", 1, 2]);
    expect([await show(), asked("pve1"), asked("pve2")]).toEqual(["pve2", 1, 4]);
  });

  test("is where its commands are executed", async () => {
    const Exec: Script["Exec"] = (call) => {
      call.once("data", () => {
        call.write({ exit_code: 7 });
        call.end();
      });
    };
    fleet = await makeFleet({ pve1: having(950), pve2: { ...having(1203), Exec } });
    expect(await fleet.ctl(["exec", "1203", "--", "true"])).toMatchObject({ code: 7, stderr: "" });
    expect(fleet.agents["pve2"]?.calls.at(-1)?.method).toBe("Exec");
    const { code, stderr } = await fleet.ctl(["exec", "db", "--", "true"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("db")]);
  });

  test("that has moved is found again", async () => {
    let home = "pve1";
    const mobile = (name: string) => ({ ListContainers: () => ({ containers: home === name ? [container(950)] : [] }) });
    fleet = await makeFleet({ pve1: mobile("pve1"), pve2: mobile("pve2") });
    expect(here((await fleet.ctl(["show", "950", "-o", "json"])).stdout)).toBe("pve1");
    home = "pve2";
    expect(here((await fleet.ctl(["show", "950", "-o", "json"])).stdout)).toBe("pve2");
  });

  test("that two have is refused, unless one of them is named", async () => {
    fleet = await makeFleet({ pve1: having(950), pve2: having(950), pve3: having() });
    const { code, stderr } = await fleet.ctl(["show", "950"]);
    expect([code, stderr]).toMatchInlineSnapshot(`
     [
       2,
       "show of 950: it is not clear which host is meant. Nothing was changed.
       950   is on pve1, pve2; say which: -H pve1
     ",
     ]
    `);
    expect(here((await fleet.ctl(["show", "950", "-o", "json", "-H", "pve2"])).stdout)).toBe("pve2");
  });

  test("that nobody has is an error that names whoever was asked", async () => {
    fleet = await makeFleet({ pve1: having(950), pve2: having(), pve3: "dead" });
    const { code, stderr } = await fleet.ctl(["show", "951"]);
    expect([code, stderr]).toMatchInlineSnapshot(`
     [
       4,
       "show of 951: no host has 951. Nothing was changed.
       951   is on none of pve1, pve2; pve3 did not answer
     ",
     ]
    `);
  });

  test("that exists on a host which is away now is not taken for the one of a manifest that others share", async () => {
    const shared = { ListContainers: { containers: [container(950, { state: "CONTAINER_STATE_ABSENT" })] } };
    fleet = await makeFleet({ pve1: shared, pve2: having(950) });
    expect(here((await fleet.ctl(["show", "950", "-o", "json"])).stdout)).toBe("pve2");
    await fleet.agents["pve2"]?.kill();
    const { code, stderr } = await fleet.ctl(["show", "950"]);
    expect([code, stderr]).toEqual([4, expect.stringContaining("is not running")]);
  });

  test("is only looked for in a group that is named", async () => {
    fleet = await makeFleet({ pve1: having(950), pve2: having(950) }, { attic: ["pve2"] });
    expect(here((await fleet.ctl(["show", "950", "-o", "json", "-g", "attic"])).stdout)).toBe("pve2");
    expect(asked("pve1")).toBe(0);
  });
});

describe("a run", () => {
  const none = { GetRun: refusal(status.NOT_FOUND, "there is no such run", { reason: "NOT_FOUND" }) };

  test("is found on the host that has it", async () => {
    fleet = await makeFleet({ pve1: none, pve2: { GetRun: { run: run(), story: [] } } });
    expect(here((await fleet.ctl(["run", "show", "7QXZ", "-o", "json"])).stdout)).toBe("pve2");
  });

  test("that nobody has, or several, is an error", async () => {
    fleet = await makeFleet({ pve1: none, pve2: none });
    expect(await fleet.ctl(["run", "show", "7QXZ"])).toMatchObject({ code: 1, stderr: expect.stringContaining("there is no run 7QXZ") });
    await fleet.close();
    fleet = await makeFleet({ pve1: { GetRun: { run: run() } }, pve2: { GetRun: { run: run() } } });
    const { code, stderr } = await fleet.ctl(["run", "cancel", "7QXZ"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("several hosts have such a run: pve1, pve2.\n  say which   -H pve1")]);
    expect(asked("pve1", "CancelRun")).toBe(0);
  });
});

describe("a host", () => {
  test("is the only one, the default, or has to be named", async () => {
    fleet = await makeFleet({ pve1: { GetBoot: { runs: [] } } });
    expect((await fleet.ctl(["boot", "status"])).code).toBe(0);
    await fleet.close();
    fleet = await makeFleet({ pve1: { GetBoot: { runs: [] } }, pve2: { GetBoot: { runs: [] } } });
    const { code, stderr } = await fleet.ctl(["boot", "run"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("boot: on which host? There are pve1, pve2.")]);
    await fleet.ctl(["host", "default", "pve2"]);
    expect((await fleet.ctl(["boot", "status"])).code).toBe(0);
    expect([asked("pve1", "GetBoot"), asked("pve2", "GetBoot")]).toEqual([0, 1]);
  });

  test.each([
    [["ps", "-H", "pve9"], "there is no host pve9; there are pve1, pve2."],
    [["ps", "-g", "gpu"], "there is no group gpu; there is none."],
    [["ps", "-H", "pve1", "--all-hosts"], "expected one of them, or none"],
    [["ps", "-H", "pve1", "--socket", "/x"], "expected one of them, or none"],
    [["ps", "-H", "950"], `"950" can't be the name of a host`],
  ])("%j is refused", async (args, words) => {
    fleet = await makeFleet({ pve1: {}, pve2: {} });
    expect(await fleet.ctl(args)).toEqual({ code: 2, stdout: "", stderr: expect.stringContaining(words) });
  });

  test("a socket in the environment is meant, unless a host is named", async () => {
    fleet = await makeFleet({ pve1: having(950), pve2: having(1203) });
    const env = { PHOENIX_SOCKET: fleet.agents["pve1"]?.socket ?? "" };
    expect(here((await fleet.ctl(["ps", "-o", "json"], { env })).stdout)).toBe("pve1");
    expect(here((await fleet.ctl(["ps", "-o", "json", "-H", "pve2"], { env })).stdout)).toBe("pve2");
  });
});
