import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { makeHouse, simGround, type House } from "./support/house.ts";

let house: House;

beforeAll(async () => {
  house = makeHouse(simGround());
  await house.startAgent();
});
afterAll(() => house.dispose());

/** What a process listens on over TCP: the inodes of its sockets. */
function listening(pid: number): readonly string[] {
  const folder = `/proc/${pid}/fd`;
  const own = new Set(readdirSync(folder).map((fd) => /^socket:\[(\d+)\]$/.exec(readlinkSync(join(folder, fd)))?.[1]));
  const rows = ["tcp", "tcp6"].flatMap((name) => readFileSync(`/proc/${pid}/net/${name}`, "utf8").trim().split("\n").slice(1));
  const isListening = "0A";
  return rows.flatMap((row) => {
    const columns = row.trim().split(/\s+/);
    return columns[3] === isListening && own.has(columns[9]) ? [columns[9]!] : [];
  });
}

// Node would open its inspector, on a port of loopback, where everybody of the machine may run what they like as root.
test("SIGUSR1 opens no inspector", () => {
  process.kill(house.agentPid(), "SIGUSR1");
  // It has taken the signal, if it takes it at all, before it answers.
  for (let asked = 0; asked < 3; asked++) expect(house.ctl("ps")).toMatchObject({ code: 0, err: "" });
  expect(house.agentLog()).not.toMatch(/debugger/i);
  expect(listening(house.agentPid())).toEqual([]);
});
