// The built agent is killed by SIGKILL in every call to its platform (before it, half way and after it), in runs of every kind,
// started again, and ends by itself where it ends undisturbed. `npm test` tries a sample; the boundaries of the journal, and all
// of these, are tried in one process by test/run/crash.test.ts.
import { copyFolder, removeFolder } from "./support/home.ts";
import { requests, settledHost } from "./support/kinds.ts";
import { inLanes, randomFrom, sample, seed, tryAll } from "./support/random.ts";
import { leftBehind } from "./support/state.ts";
import { callsOf, setFaults, survive } from "./support/survive.ts";

jest.setTimeout(tryAll ? 1_800_000 : 600_000);

/** So many boundaries of each kind in `npm test`. */
const few = 3;

let settled = "";
let tried = 0;
const random = randomFrom(seed);
beforeAll(async () => {
  settled = await settledHost(0);
});
afterAll(() =>
  process.stderr.write(`${tried} boundaries of ${requests.length} kinds, each with the same end; PHOENIX_CRASH_SEED=${seed}\n`),
);

test.each(requests)("$name: the agent is killed in each call", async (request) => {
  const undisturbed = copyFolder(settled);
  const [run] = await survive(undisturbed, [request]);
  expect(run?.state).toBe(request.comesTo);
  const expected = run === undefined ? "" : leftBehind(undisturbed, run);
  const calls = callsOf(undisturbed);
  removeFolder(undisturbed);

  const boundaries = Array.from({ length: calls }, (_, at) => at + 1).flatMap((nth) =>
    (["before", "during", "after"] as const).map((when) => ({ nth, when })),
  );
  await inLanes(sample(boundaries, few, random), 3, async ({ nth, when }) => {
    const folder = copyFolder(settled);
    setFaults(folder, [{ call: "*", nth, when, do: "crash" }]);
    const [after] = await survive(folder, [request]);
    const left = after === undefined ? "" : leftBehind(folder, after);
    if (left !== expected) expect({ nth, when, left }).toEqual({ nth, when, left: expected });
    tried += 1;
    removeFolder(folder);
  });
});
