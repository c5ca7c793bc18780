// Everything that may come in: requests of every method that nobody would make, and bytes that are no call at all. The agent is a
// process of its own, on the simulation; it is what is in the built executable, with an inspector, since it is asked what it keeps alive. A failing run
// prints its seed; PHOENIX_FUZZ_SEED tries it again.
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { Client, credentials, status } from "@grpc/grpc-js";
import SQLite from "better-sqlite3";
import fc from "fast-check";
import {
  loadContract,
  type Contract,
  type CreateTokenResponse__Output,
  type GetRunResponse__Output,
  type ListRunsResponse__Output,
} from "../../proto/index.ts";
import { roles, type Role } from "../../src/agent/domain/trust.ts";
import { makeHouse, simGround, until, type House } from "../e2e/support/house.ts";
import { fire, type Fired } from "./support/fire.ts";
import { bytesAlive, inspectedAgent } from "./support/heap.ts";
import { caller, joinOver, makeToken, type Caller, type Pass } from "./support/host.ts";
import { babble, depths, nonsense } from "./support/nonsense.ts";
import { readRequests, type Sent } from "./support/requests.ts";
import { readMethods, type AnyMethod } from "./support/touch.ts";

const seed = Number(process.env["PHOENIX_FUZZ_SEED"] ?? Date.now() % 1_000_000);
const calls = 20_000;
/** So many calls one client has open. */
const abreast = 24;

/**
 * So many bytes each call may leave behind in the agent, on average; it is between -110 and 105. A stream, a request or a connection that
 * is not let go is several kilobytes.
 */
const leftBehind = 400;

type Shot = readonly [AnyMethod, Sent];

/** Somebody who calls, how often, and what they may not be let do: it would lock out the others. */
interface Shooter {
  readonly name: string;
  readonly connect: () => Client;
  readonly share: number;
  readonly leavesOut: readonly string[];
}

const rotate = "/phoenix.v1.TrustService/RotateAuthority";
let house: House;
let program: string;
let contract: Contract;
let address: string;
let open: Client[] = [];

beforeAll(async () => {
  contract = await loadContract();
  const ground = simGround();
  const settings = [...ground.settings, "listen: 127.0.0.9:0", "log: { level: warn }"];
  // In memory, where there is such a folder: every change is written down twice, and the disk would be most of the time.
  const within = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
  program = mkdtempSync(join(tmpdir(), "phoenix-fuzz-"));
  house = makeHouse({ ...ground, settings }, { within, agent: inspectedAgent(program) });
  await house.startAgent();
  const { code, err } = house.ctl("orchestrate", "--all", "-q");
  if (code !== 0) throw new Error(`the host of this test is not as it should be: ${err}`);
  address = (await admin().call<CreateTokenResponse__Output>("trust/CreateToken", { role: "ROLE_READER" })).addresses[0] ?? "";
});
afterAll(async () => {
  hangUp();
  await house.dispose();
  rmSync(program, { recursive: true, force: true });
});

function hangUp(): void {
  for (const client of open) client.close();
  open = [];
}

function admin(): Caller {
  const client = new Client(`unix:${house.socket}`, credentials.createInsecure(), { "grpc.use_local_subchannel_pool": 1 });
  open.push(client);
  return caller(contract, client);
}

function over(pass: Pass | null): Caller {
  const shown = pass === null ? {} : { cert: pass.certificate, key: pass.key };
  const secure = credentials.createFromSecureContext(createSecureContext({ minVersion: "TLSv1.3", ...shown }), {
    rejectUnauthorized: false,
  });
  const client = new Client(address, secure, { "grpc.use_local_subchannel_pool": 1, "grpc.ssl_target_name_override": "phoenix-agent" });
  open.push(client);
  return caller(contract, client);
}

async function enrol(role: Role, name: string): Promise<Pass> {
  return joinOver(over(null), await makeToken(admin(), role, { name }), name);
}

/** What the agent has open: how many sockets, pipes and files. */
function held(): Readonly<Record<string, number>> {
  const folder = `/proc/${house.agentPid()}/fd`;
  const counts: Record<string, number> = {};
  for (const fd of readdirSync(folder)) {
    const link = linkOf(join(folder, fd));
    const kind = link.startsWith(house.folder) ? "file" : (/^(socket|pipe|anon_inode:.*?)(:|$)/.exec(link)?.[1] ?? link);
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "closed meanwhile";
  }
}

/**
 * What the agent has open once nobody is there: sockets where it listens are left, its own two and the inspector's. What it is after ten
 * seconds if that never comes.
 */
async function atRest(): Promise<Readonly<Record<string, number>>> {
  const patience = Date.now() + 10_000;
  await until(() => (held()["socket"] ?? 0) <= 3 || Date.now() > patience);
  return held();
}

/** The runs that are not over. */
async function active(here: Caller): Promise<readonly string[]> {
  const states = ["RUN_STATE_QUEUED", "RUN_STATE_RUNNING", "RUN_STATE_UNDOING"];
  const { runs } = await here.call<ListRunsResponse__Output>("orchestration/ListRuns", { states });
  return runs.map(({ id }) => id);
}

/** Everything that a shooter sends, in an order by chance. */
function ammunition({ leavesOut, share }: Shooter, methods: readonly AnyMethod[], nth: number): readonly Shot[] {
  const requests = readRequests();
  const shots = methods
    .filter(({ path }) => !leavesOut.includes(path))
    .map((method) => requests(method.path).map((sent) => [method, sent] as const));
  return fc.sample(fc.oneof(...shots), { seed: seed + nth, numRuns: share });
}

async function shoot(client: Client, shots: readonly Shot[], seen: (method: AnyMethod, end: Fired) => void): Promise<void> {
  const left = shots.values();
  const worker = async () => {
    for (const [method, sent] of left) seen(method, await fire(client, method, sent));
  };
  await Promise.all(Array.from({ length: abreast }, worker));
}

/** All nonsense, once for each of some noises, each from an address of its own, so that none of them has knocked too often. */
async function babbleAll(pass: Pass, noises: readonly Buffer[], firstAddress: number): Promise<void> {
  const all = Object.values(nonsense).flatMap((make) =>
    depths.flatMap((depth) => noises.map((noise, index) => ({ bytes: make(noise), depth, index }))),
  );
  const left = all.values();
  const worker = async () => {
    for (const { bytes, depth, index } of left) {
      await babble({ address, from: `127.0.0.${firstAddress + index}`, pass }, depth, bytes, index % 2 === 0 ? "end" : "cut");
    }
  };
  await Promise.all(Array.from({ length: 4 }, worker));
}

/** Whether the database is whole, and the reason if it is not; the agent has ended. */
function databaseProblems(): unknown {
  const database = new SQLite(join(house.folder, "state", "phoenix.db"), { readonly: true });
  try {
    return [database.pragma("integrity_check", { simple: true }), database.pragma("foreign_key_check")];
  } finally {
    database.close();
  }
}

/** Codes that nobody gets for anything that they sent. */
const impossible = [status.UNKNOWN, status.UNIMPLEMENTED, status.DEADLINE_EXCEEDED, status.UNAVAILABLE, status.DATA_LOSS];

test(`${calls} calls and all kinds of nonsense, seed ${seed}`, async () => {
  const methods = readMethods(contract);
  const passes: [Role, Pass][] = [];
  for (const role of roles) for (const name of ["ana", "ben"]) passes.push([role, await enrol(role, `${name}-${role}`)]);
  const babbler = await enrol("operator", "babbler");
  hangUp();

  const shooters: Shooter[] = passes.map(([role, pass], index) => ({
    name: `${role} ${index}`,
    connect: () => over(pass).client,
    share: calls / 20,
    leavesOut: role === "admin" ? [rotate] : [],
  }));
  const rest = calls - shooters.reduce((sum, { share }) => sum + share, 0);
  for (const name of ["local 1", "local 2"]) shooters.push({ name, connect: () => admin().client, share: rest / 2, leavesOut: [rotate] });
  const shots = shooters.map((shooter, nth) => ammunition(shooter, methods, nth));
  const noises = fc.sample(fc.uint8Array({ minLength: 100, maxLength: 2000 }), { seed, numRuns: 4 }).map((each) => Buffer.from(each));
  const tally = new Map<number, number>();
  const wrong: string[] = [];
  const volley = async (from: number, to: number): Promise<void> => {
    const each = shooters.map(({ name, connect, share }, nth) =>
      shoot(connect(), shots[nth]!.slice(share * from, share * to), (method, { code, message }) => {
        tally.set(code, (tally.get(code) ?? 0) + 1);
        // Bytes that are no message of this type are refused by grpc-js itself.
        const isParsing = code === status.INTERNAL && message.startsWith("Error deserializing request");
        if (impossible.includes(code) || (code === status.INTERNAL && !isParsing)) wrong.push(`${name} ${method.path}: ${code} ${message}`);
      }),
    );
    await Promise.all(each);
  };
  /** What the agent holds once everybody has gone and nothing is under way. */
  const settled = async () => {
    const here = admin();
    await until(async () => (await active(here)).length === 0);
    hangUp();
    const alive = await bytesAlive(house.agentLog());
    return { open: await atRest(), alive };
  };

  house.script("front_page.sh", "#!/bin/sh\n# sim: print 500 lines\n# sim: sleep 3\n# sim: print 500 lines\n");
  const letsgo = house.begin("letsgo", "953");
  await letsgo.prints("953");
  const [run = ""] = await active(admin());
  await Promise.all([babbleAll(babbler, noises.slice(0, 2), 60), volley(0, 0.5)]);

  // The run that was begun before is whole: every event of it is there, for whoever has watched and for whoever asks now.
  const { code, err } = await letsgo.ended;
  expect([code, err]).toEqual([0, ""]);
  const told = await admin().call<GetRunResponse__Output>("orchestration/GetRun", { run_id: run });
  expect(told.run?.state).toBe("RUN_STATE_SUCCEEDED");
  const steps = told.run?.plan?.steps.map(({ id }) => id);
  expect(told.story.flatMap(({ step_finished }) => step_finished?.step ?? [])).toEqual(steps);

  const before = await settled();
  await Promise.all([babbleAll(babbler, noises.slice(2), 62), volley(0.5, 1)]);

  expect(wrong).toEqual([]);
  expect([...tally.values()].reduce((sum, count) => sum + count, 0)).toBe(calls);
  // It was not all turned away at the door.
  expect(tally.get(status.OK)).toBeGreaterThan(1000);
  expect(tally.get(status.INVALID_ARGUMENT)).toBeGreaterThan(1000);

  // It answers, to everybody, and what it has written down of all this holds together.
  for (const [, pass] of passes) expect(await over(pass).status("host/GetHost")).toMatchObject({ code: status.OK });
  expect(await admin().call("trust/VerifyAudit")).toMatchObject({ problem: "" });

  const after = await settled();
  expect(after.open).toEqual(before.open);
  expect((after.alive - before.alive) / (calls / 2)).toBeLessThan(leftBehind);
  const defects = house
    .agentLog()
    .split("\n")
    .filter((line) => /"level":[56]0/.test(line));
  expect(defects).toEqual([]);
  expect(await house.endAgent("SIGTERM")).toBe(0);
  expect(databaseProblems()).toEqual(["ok", []]);
}, 480_000);
