import { EventEmitter, once } from "node:events";
import type { Io } from "../../../src/ctl/session.ts";
import { closeHosts } from "../../trust/support/host.ts";
import { openNetwork, type Home, type Network } from "../support/network.ts";

// Of 200 hosts 20 don't answer: at the first seven addresses somebody takes the connection and is silent, so that all others come behind.
const kindOf = (at: number): Home["kind"] => (at < 7 ? "hung" : at % 30 === 13 ? "gone" : at % 33 === 17 ? "revoked" : "agent");
const all = Array.from({ length: 200 }, (_, at) => ({ name: `pve${at + 1}`, ctid: 1000 + at, kind: kindOf(at) }));
const those = (...kinds: readonly Home["kind"][]) => all.filter(({ kind }) => kinds.includes(kind));

let network: Network;
beforeAll(async () => {
  const home = ({ ctid, kind }: (typeof all)[number]): Home => (kind === "agent" ? { kind, ctids: [ctid] } : { kind });
  network = await openNetwork(Object.fromEntries(all.map((each) => [each.name, home(each)])));
});
afterAll(async () => {
  await network.close();
  await closeHosts();
});

/** Deadlines that pass when the test says so: no host is late here because the machine is slow. */
function deadlines() {
  const open = new Map<AbortSignal, () => void>();
  const news = new EventEmitter();
  let begun = 0;
  const sleep: Io["sleep"] = (ms, signal) => {
    // How long a silent host keeps its place in the queue is none: as if no time passed at all.
    if (ms !== deadline_s * 1000) return new Promise(() => {});
    begun += 1;
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        open.delete(signal);
        news.emit("end");
        settle();
      };
      open.set(signal, () => end(resolve));
      signal.addEventListener("abort", () => end(() => reject(new Error("aborted"))));
    });
  };
  return {
    sleep,
    /** Waits until every host has been asked and only so many have not answered; then their time is over. */
    async passFor(hosts: number) {
      while (begun < all.length || open.size > hosts) await once(news, "end");
      // The last of them may be about to be told of.
      await new Promise(setImmediate);
      for (const pass of open.values()) pass();
    },
  };
}

const deadline_s = 300;
const ps = ["ps", "--all-hosts", "--host-timeout", `${deadline_s}s`];

test("there are 20", () => {
  expect([those("hung").length, those("gone").length, those("revoked").length]).toEqual([7, 7, 6]);
});

test("all who answer have answered before the first deadline has passed, and each of the silent costs its own", async () => {
  const time = deadlines();
  const lines: string[] = [];
  let late = Infinity;
  const passed = time.passFor(7).then(() => (late = lines.length));
  const { code, stderr } = await network.ctl([...ps, "-o", "ndjson"], {
    sleep: time.sleep,
    heard: (text) => lines.push(...text.split("\n").filter((line) => line.startsWith("{"))),
  });
  await passed;
  const said = lines.map((line) => JSON.parse(line) as { host: string; failed?: { reason: string; message: string } });
  const names = (from: number, to?: number) =>
    said
      .slice(from, to)
      .map(({ host }) => host)
      .toSorted();
  expect(names(0, late)).toEqual(
    those("agent", "gone", "revoked")
      .map(({ name }) => name)
      .toSorted(),
  );
  expect(names(late)).toEqual(
    those("hung")
      .map(({ name }) => name)
      .toSorted(),
  );
  expect([code, stderr]).toEqual([3, "20 of 200 hosts did not answer: pve1, pve2, pve3, pve4, pve5 and 15 more.\n"]);
});

test("a document has them in the order of the hosts, with what is wrong with each of the others", async () => {
  const time = deadlines();
  const [{ code, stdout }] = await Promise.all([network.ctl([...ps, "-o", "json"], time), time.passFor(7)]);
  const { containers, failed } = JSON.parse(stdout) as {
    containers: readonly { host: string; ctid: number }[];
    failed: readonly { host: string; reason: string; message: string }[];
  };
  expect(code).toBe(3);
  expect(containers.map(({ host, ctid }) => [host, ctid])).toEqual(those("agent").map(({ name, ctid }) => [name, ctid]));
  const why = {
    hung: "unreachable no answer",
    gone: "unreachable connection refused",
    revoked: "failed this certificate was revoked",
    agent: "",
  };
  expect(failed.map(({ host, reason, message }) => [host, `${reason} ${message.replace(/ \(.*/, "")}`])).toEqual(
    those("hung", "gone", "revoked").map(({ name, kind }) => [name, why[kind]]),
  );
});
