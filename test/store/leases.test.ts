import { open, temporaryFolder } from "./support/folder.ts";

const anas = { ctid: 950, holder: "ana", reason: "demo", since: 1000, until: 2000 };
const bens = { ctid: 951, holder: "ben", reason: "", since: 1000, until: 5000 };

test("leases outlive the agent, and end by the clock", () => {
  const folder = temporaryFolder();
  const first = open(folder);
  first.leases.keep(bens);
  first.leases.keep(anas);
  first.close();
  const { leases } = open(folder);
  expect([...leases.at(1999).values()]).toEqual([anas, bens]);
  expect([...leases.at(2000).keys()]).toEqual([951]);
});

test("a container has one lease, the last", () => {
  const { leases } = open(temporaryFolder());
  leases.keep(anas);
  leases.keep({ ...anas, holder: "ben", reason: "", until: 3000 });
  expect([...leases.at(1500).values()]).toEqual([{ ...anas, holder: "ben", reason: "", until: 3000 }]);
});

test("one that is dropped is gone; dropping none is no error", () => {
  const { leases } = open(temporaryFolder());
  leases.keep(anas);
  leases.drop(950);
  leases.drop(950);
  expect(leases.at(0).size).toBe(0);
});

test("those that ended before are forgotten with the next one", () => {
  const { leases } = open(temporaryFolder());
  leases.keep(anas);
  leases.keep({ ...bens, since: 2000 });
  expect([...leases.at(0).keys()]).toEqual([951]);
});
