import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { start } from "../support/client.ts";
import { streams, type Script } from "../support/fake-agent.ts";
import { having, makeFleet, type Fleet } from "../support/fleet.ts";
import { ended, event, finished, run, started, stepBy } from "../support/samples.ts";

let fleet: Fleet;
afterEach(async () => fleet.close());

const idOf = (ctid: number) => `01K4A3BCDEFGHJKMNPQRST${String(ctid).padStart(4, "0")}`;

/** A host with one container, whose runs end like this. */
function home(ctid: number, more: Script = {}, failure: string | null = null): Script {
  const of = { ctid, name: `c${ctid}`, id: idOf(ctid) };
  const outcome = failure === null ? `${ctid} is running, healthy.` : `The container is back at its last final-form, and running.`;
  const bad = failure === null ? {} : { failure: { reason: "EXIT_CODE", message: failure, remedy: "", step: "start" } };
  const end = ended(4, { ...of, outcome, state: failure === null ? "RUN_STATE_SUCCEEDED" : "RUN_STATE_FAILED", ...bad });
  const events = [
    event(0, "started", {}, of.id),
    started(0, stepBy("start")),
    finished(1, "start", 1),
    event(4, "finished", { run: end }, of.id),
  ];
  return { ...having(ctid), PlanRun: { plans: [] }, StartRun: { runs: [run(of)], refused: [] }, WatchRun: streams(events), ...more };
}

const three = { pve1: home(950), pve2: home(1203, {}, "exit code 3"), pve3: home(2001) };

test("each container's run begins on its host, with its own containers alone", async () => {
  fleet = await makeFleet(three);
  const { code, stdout } = await fleet.ctl(["letsgo", "950", "1203", "2001", "--wait"]);
  expect(code).toBe(3);
  const requests = ["pve1", "pve2", "pve3"].map((name) => fleet.agents[name]?.calls.find(({ method }) => method === "StartRun")?.request);
  expect(requests).toMatchObject([{ spec: { ctids: [950] }, wait: true }, { spec: { ctids: [1203] } }, { spec: { ctids: [2001] } }]);
  expect(stdout).toMatch(/pve1 950 - +succeeded 950 is running, healthy/);
  expect(stdout.trimEnd().split("\n").at(-1)).toBe("2 done, 1 failed on pve1, pve2, pve3.");
});

test("on a terminal there is one view with a row each", async () => {
  fleet = await makeFleet(three);
  const terminal = { columns: 80, rows: 24 };
  const { code, stdout } = await fleet.ctl(["letsgo", "950", "1203", "2001", "--no-color"], { terminal });
  expect(code).toBe(3);
  const text = stripVTControlCharacters(stdout);
  expect(text.slice(text.lastIndexOf("3 hosts · "))).toMatchInlineSnapshot(`
   "3 hosts · letsgo of 3 containers
     ✓ pve1  950 c950   done: running, healthy                               4.0 s
     ✗ pve2 1203 c1203  failed: exit code 3                                  4.0 s
     ✓ pve3 2001 c2001  done: running, healthy                               4.0 s

   pve2 · 1203 c1203 · letsgo · run 01K4…1203
     ✓ start                                                                  1.0 s

   letsgo of 1203 on pve2 failed in "start": exit code 3. The container is back at
   its last final-form, and running.
     whole output    phoenixctl run logs 01K4…1203
     try again       phoenixctl letsgo 1203
     to look inside  phoenixctl letsgo 1203 --on-failure keep

   2 done, 1 failed on pve1, pve2, pve3.
   "
  `);
});

test("programs get one document, with the host of each", async () => {
  fleet = await makeFleet(three);
  const { stdout } = await fleet.ctl(["letsgo", "950", "1203", "2001", "-o", "json"]);
  expect(JSON.parse(stdout)).toMatchObject({
    host: null,
    driver: null,
    runs: [
      { host: "pve1", ctid: 950, state: "succeeded" },
      { host: "pve2", ctid: 1203, state: "failed" },
      { host: "pve3", ctid: 2001, state: "succeeded" },
    ],
    refused: [],
    not_begun: [],
  });
});

test("a host that is away costs its own runs alone", async () => {
  fleet = await makeFleet(three);
  // From now on it is known where each is.
  await fleet.ctl(["letsgo", "950", "1203", "2001", "--dry-run"]);
  await fleet.agents["pve3"]?.kill();
  const { code, stdout, stderr } = await fleet.ctl(["letsgo", "950", "2001"]);
  expect(code).toBe(3);
  expect(stdout).toMatch(/pve1 950 - +succeeded/);
  expect(stdout.trimEnd().split("\n").at(-1)).toBe("1 done, 1 not begun on pve1, pve3.");
  expect(stderr).toContain("is not running (there is no such socket).");
  const record = JSON.parse((await fleet.ctl(["letsgo", "950", "2001", "-o", "json"])).stdout) as object;
  expect(record).toMatchObject({ runs: [{ ctid: 950 }], not_begun: [{ host: "pve3", ctids: [2001] }] });
  await fleet.agents["pve1"]?.kill();
  expect((await fleet.ctl(["letsgo", "950", "2001"])).code).toBe(4);
});

test("those that may not begin are said, and the others begin", async () => {
  const blocker = { reason: "LOCKED", ctid: 1203, message: "locked by a backup", remedy: "" };
  const refused = [{ ...run().plan, ctid: 1203, blockers: [blocker] }];
  fleet = await makeFleet({ pve1: home(950), pve2: home(1203, { StartRun: { runs: [], refused } }) });
  const { code, stdout, stderr } = await fleet.ctl(["letsgo", "950", "1203"]);
  expect([code, stderr]).toEqual([3, "letsgo of 1203 on pve2 is refused. Nothing was changed.\n  locked  locked by a backup\n"]);
  expect(stdout.trimEnd().split("\n").at(-1)).toBe("1 done, 1 refused on pve1, pve2.");
});

test("Ctrl-C says what was submitted where, and what is not known", async () => {
  const staying = { WatchRun: streams([event(0, "started", {}, idOf(950))], "stay") };
  fleet = await makeFleet({ pve1: home(950, staying), pve2: home(1203, { StartRun: "hang" }) });
  const client = start(["letsgo", "950", "1203"], { env: fleet.env });
  await Promise.all([client.said("started"), fleet.agents["pve2"]?.called("StartRun")]);
  client.child.kill("SIGINT");
  const { code, stderr } = await client.ended;
  expect([code, stderr]).toMatchInlineSnapshot(`
   [
     130,
     "Interrupted. The run goes on.
     watch 950     phoenixctl run watch 01K4…0950
     pve2: whether 1203 has begun is not known   phoenixctl run list -H pve2
   ",
   ]
  `);
});

test("Ctrl-C while the hosts are still asked for their containers says that nothing was sent", async () => {
  fleet = await makeFleet({ pve1: home(950), pve2: { ListContainers: "hang" } });
  const client = start(["letsgo", "950", "1203"], { env: fleet.env });
  await fleet.agents["pve2"]?.called("ListContainers");
  client.child.kill("SIGINT");
  const { code, stderr } = await client.ended;
  expect([code, stderr]).toEqual([130, "Interrupted. Nothing was sent to any host, so nothing begins.\n"]);
});

test("left alone, they are said to be under way", async () => {
  fleet = await makeFleet(three);
  const { code, stdout } = await fleet.ctl(["letsgo", "950", "1203", "--detach"]);
  expect([code, stdout]).toEqual([
    0,
    [
      `letsgo of 950 on pve1 is under way: phoenixctl run watch ${idOf(950)}`,
      `letsgo of 1203 on pve2 is under way: phoenixctl run watch ${idOf(1203)}\n`,
    ].join("\n"),
  ]);
});

test("everything of several hosts has to be asked for by name", async () => {
  fleet = await makeFleet(three);
  const { code, stderr } = await fleet.ctl(["orchestrate", "--all"]);
  expect([code, stderr]).toEqual([2, expect.stringContaining("orchestrate of all containers: on which host?")]);
  expect((await fleet.ctl(["orchestrate", "--all", "-H", "pve1,pve3"])).code).toBe(0);
  expect(fleet.agents["pve2"]?.calls.filter(({ method }) => method === "StartRun")).toEqual([]);
});

test("--push is for one host, and says what each would have got", async () => {
  fleet = await makeFleet(three);
  const folder = join(__dirname, "../../../examples");
  const both = await fleet.ctl(["letsgo", "950", "1203", "--push", folder]);
  expect([both.code, both.stdout, both.stderr]).toMatchInlineSnapshot(`
   [
     2,
     "",
     "--push is for one host at a time. Nothing was changed.
     pve1   950
     pve2   1203
   ",
   ]
  `);
  const named = await fleet.ctl(["orchestrate", "--all", "-H", "pve1,pve2", "--push", folder]);
  expect([named.code, named.stderr]).toEqual([2, expect.stringContaining("--push is for one host at a time. Nothing was changed.")]);
  const methods = Object.values(fleet.agents).flatMap(({ calls }) => calls.map(({ method }) => method));
  expect(new Set(methods)).toEqual(new Set(["GetHost", "ListContainers"]));
});

test("start, stop and restart are spread as well", async () => {
  const answer = (ctid: number) => ({ StopContainer: { run: run({ ctid, name: `c${ctid}`, id: idOf(ctid) }) } });
  fleet = await makeFleet({ pve1: home(950, answer(950)), pve2: home(1203, answer(1203)) });
  expect((await fleet.ctl(["stop", "950", "1203"])).code).toBe(0);
  const requests = ["pve1", "pve2"].map((name) => fleet.agents[name]?.calls.find(({ method }) => method === "StopContainer")?.request);
  expect(requests).toMatchObject([{ ctid: 950 }, { ctid: 1203 }]);
});
