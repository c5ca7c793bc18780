import { stripVTControlCharacters } from "node:util";
import { status } from "@grpc/grpc-js";
import { refusal } from "../support/fake-agent.ts";
import { having, makeFleet, type Fleet } from "../support/fleet.ts";
import { run, snapshot } from "../support/samples.ts";

let fleet: Fleet;
afterEach(async () => fleet.close());

test("ps shows all hosts, in their order, and those that are away", async () => {
  fleet = await makeFleet({ pve1: having(950), attic: "dead", pve2: having(1203, 2001) });
  const { code, stdout, stderr } = await fleet.ctl(["ps"]);
  expect(stdout.replace(/, [\d. ms]+$/m, ", 0.0 s").replace(/\(\/.*\/attic/, "(/…/attic")).toMatchInlineSnapshot(`
   "HOST   CTID  NAME            STATE    HEALTH   GPU  BOOT  FINAL-FORM  NOTE
   pve1    950  container-950   running  healthy  -    last  none
   pve2   1203  container-1203  running  healthy  -    last  none
   pve2   2001  container-2001  running  healthy  -    last  none
   attic     -  unreachable: no such socket (/…/attic.sock), 0.0 s
   "
  `);
  expect([code, stderr]).toEqual([3, "1 of 3 hosts did not answer: attic.\n"]);
});

test("programs get them in the same order, whoever answers first", async () => {
  fleet = await makeFleet({ pve1: { ...having(950), GetHost: { hostname: "x", driver: "lxc" } }, attic: "dead", pve2: having(1203) });
  const record = JSON.parse((await fleet.ctl(["ps", "-o", "json"])).stdout) as object;
  expect(record).toMatchObject({
    host: null,
    driver: null,
    containers: [
      { host: "pve1", driver: "lxc", ctid: 950 },
      { host: "pve2", driver: "proxmox", ctid: 1203 },
    ],
    failed: [{ host: "attic", reason: "unreachable", message: expect.stringMatching(/^no such socket \(/), ms: expect.any(Number) }],
  });
  const lines = (await fleet.ctl(["ps", "-o", "ndjson"])).stdout.trimEnd().split("\n");
  expect(lines.map((line) => (JSON.parse(line) as { host: string }).host).toSorted()).toEqual(["attic", "pve1", "pve2"]);
});

test.each<[string, readonly string[], string]>([
  ["hosts", ["-H", "pve2,pve1"], "pve2 pve1"],
  ["a group", ["-g", "gpu"], "pve3 pve1"],
  ["everything", ["--all-hosts"], "pve1 pve2 pve3"],
  ["the default, where nothing is named", [], "pve3 pve1"],
])("a list is about %s", async (_, args, expected) => {
  fleet = await makeFleet({ pve1: having(950), pve2: having(1203), pve3: having(2001) }, { gpu: ["pve3", "pve1"] }, "gpu");
  const { containers } = JSON.parse((await fleet.ctl(["ps", "-o", "json", ...args])).stdout) as { containers: { host: string }[] };
  expect(containers.map(({ host }) => host).join(" ")).toBe(expected);
});

test("a host that hangs costs its own time and no more, and none at all is an error of its own", async () => {
  fleet = await makeFleet({ pve1: having(950), pve2: { GetHost: "hang" } });
  const { code, stdout } = await fleet.ctl(["ps", "--host-timeout", "1s"]);
  expect([code, stdout]).toEqual([3, expect.stringMatching(/pve2 +- +unreachable: no answer \(.*\), 1\.\d s/)]);
  expect((await fleet.ctl(["ps", "--host-timeout", "1s", "-H", "pve2"])).code).toBe(4);
  await fleet.agents["pve1"]?.kill();
  expect((await fleet.ctl(["ps", "--host-timeout", "1s"])).code).toBe(4);
});

test("a host that refuses is told apart from one that is away", async () => {
  fleet = await makeFleet({
    pve1: having(950),
    pve2: { ListContainers: refusal(status.PERMISSION_DENIED, "ana is a reader", { reason: "FORBIDDEN" }) },
  });
  const { code, stdout } = await fleet.ctl(["ps"]);
  expect([code, stdout]).toEqual([3, expect.stringMatching(/pve2 +- +failed: ana is a reader, 0\.\d s/)]);
});

test("runs of all hosts stand by their age, and snapshots of one container are asked for where it is", async () => {
  const at = (seconds: number, id: string) => run({ id, created_at: { seconds, nanos: 0 } });
  fleet = await makeFleet({
    pve1: { ...having(950), ListRuns: { runs: [at(30, "01K4A3BCDEFGHJKMNPQRST0003"), at(10, "01K4A3BCDEFGHJKMNPQRST0001")] } },
    pve2: { ...having(1203), ListRuns: { runs: [at(20, "01K4A3BCDEFGHJKMNPQRST0002")] }, ListSnapshots: { snapshots: [snapshot("mine")] } },
  });
  const { runs } = JSON.parse((await fleet.ctl(["run", "list", "--limit", "2", "-o", "json"])).stdout) as { runs: { host: string }[] };
  expect(runs.map(({ host }) => host)).toEqual(["pve1", "pve2"]);
  expect((await fleet.ctl(["snapshot", "list", "1203"])).stdout).toMatch(/pve2 +950 +mine/);
  expect(fleet.agents["pve1"]?.calls.some(({ method }) => method === "ListSnapshots")).toBe(false);
});

test("on a terminal what has come is shown while others are waited for, and stands alone in the end", async () => {
  fleet = await makeFleet({ pve1: having(950), pve2: { GetHost: "hang" } });
  const { stdout } = await fleet.ctl(["ps", "--host-timeout", "1s"], { terminal: { columns: 100, rows: 24 } });
  const text = stripVTControlCharacters(stdout);
  expect(text).toContain("waiting for pve2");
  expect(text.slice(text.lastIndexOf("HOST")).split("\n")).toHaveLength(4);
});

test("the client's version is told whoever answers", async () => {
  fleet = await makeFleet({ pve1: {}, attic: "dead" });
  const outputs = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await fleet.ctl(["version", ...args]);
    return [code, stdout.replace(/no such socket.*$/m, "…"), stderr];
  };
  const away = "1 of 2 hosts did not answer: attic.\n";
  expect(await outputs("--all-hosts")).toEqual([
    3,
    "phoenixctl from sources\nphoenix-agent 9.9.9 on pve1\nattic     -  unreachable: …\n",
    away,
  ]);
  expect(await outputs("-H", "attic")).toEqual([
    4,
    "phoenixctl from sources\nattic     -  unreachable: …\n",
    "1 of 1 hosts did not answer: attic.\n",
  ]);
  const alone = JSON.parse((await fleet.ctl(["version", "-H", "attic", "-o", "json"])).stdout) as object;
  expect(alone).toMatchObject({ client: "from sources", agents: [], failed: [{ host: "attic", reason: "unreachable" }] });
  const lines = (await fleet.ctl(["version", "--all-hosts", "-o", "ndjson"])).stdout.trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line) as object)).toEqual(
    expect.arrayContaining([{ client: "from sources" }, expect.objectContaining({ host: "pve1", version: "9.9.9" })]),
  );
});

test("a host without containers says so", async () => {
  fleet = await makeFleet({ pve1: having() });
  expect((await fleet.ctl(["ps"])).stdout).toBe("no containers on pve1\n");
});

test("a host that is too old for what is asked is told so, with both versions", async () => {
  fleet = await makeFleet({ pve1: having(950), pve2: {} });
  const { code, stdout } = await fleet.ctl(["ps"]);
  expect(code).toBe(3);
  expect(stdout).toContain("failed: host pve2 runs 9.9.9, this needs a newer one");
  const alone = await fleet.ctl(["ps", "-H", "pve2"]);
  expect([alone.code, alone.stderr.split("\n")[0]]).toEqual([
    1,
    "ps on pve2 failed: host pve2 runs 9.9.9, this needs a newer one, since this client runs from its sources. Nothing was changed.",
  ]);
});
