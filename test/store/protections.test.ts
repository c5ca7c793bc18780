import { open, temporaryFolder } from "./support/folder.ts";

const golden = { ctid: 950, name: "final-form", created: 1000, since: 2000 };
const mine = { ctid: 950, name: "mine", created: null, since: 3000 };

test("protections outlive the agent", () => {
  const folder = temporaryFolder();
  const first = open(folder);
  first.protections.keep(mine);
  first.protections.keep(golden);
  first.close();
  expect(open(folder).protections.all()).toEqual([golden, mine]);
});

test("a name has one, the last; one that is dropped is gone", () => {
  const { protections } = open(temporaryFolder());
  protections.keep(golden);
  protections.keep({ ...golden, created: 1500, since: 2500 });
  expect(protections.all()).toEqual([{ ...golden, created: 1500, since: 2500 }]);
  protections.drop(950, "final-form");
  protections.drop(950, "final-form");
  expect(protections.all()).toEqual([]);
});
