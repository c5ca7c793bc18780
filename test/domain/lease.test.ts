import { holds, leaseFor, leaseText } from "../../src/agent/domain/lease.ts";

const noon = Date.UTC(2026, 10, 20, 12);
const hour = 3_600_000;
const anas = { ctid: 950, holder: "ana", reason: "demo", since: noon, until: noon + hour };

test("a lease holds until right before its end", () => {
  expect([noon, noon + hour - 1, noon + hour, noon + hour + 1].map((now) => holds(anas, now))).toEqual([true, true, false, false]);
});

test.each([
  ["a first one", { holder: "ana", reason: "demo" }, null, { reason: "demo", since: noon }],
  ["the holder's again keeps beginning and reason", { holder: "ana", reason: "" }, anas, { reason: "demo", since: noon }],
  ["the holder's again, for another reason", { holder: "ana", reason: "test" }, anas, { reason: "test", since: noon }],
])("%s", (_words, asked, current, expected) => {
  const now = current === null ? noon : noon + hour / 2;
  expect(leaseFor({ ctid: 950, ...asked }, current, 2 * hour, now)).toEqual({
    ctid: 950,
    holder: "ana",
    until: now + 2 * hour,
    ...expected,
  });
});

test.each([
  ["one that has ended", { holder: "ana", reason: "" }, noon + hour],
  ["somebody else's", { holder: "ben", reason: "" }, noon + 1],
])("%s is no beginning of a new one", (_words, asked, now) => {
  expect(leaseFor({ ctid: 950, ...asked }, anas, hour, now)).toEqual({ ctid: 950, ...asked, since: now, until: now + hour });
});

test("says holder, end and reason", () => {
  expect(leaseText(anas)).toBe("leased by ana until 2026-11-20T13:00:00Z: demo");
  expect(leaseText({ ...anas, reason: "" })).toBe("leased by ana until 2026-11-20T13:00:00Z");
});
