import { status } from "@grpc/grpc-js";
import { refusal } from "../support/fake-agent.ts";
import { having, makeFleet, type Fleet } from "../support/fleet.ts";

let fleet: Fleet;

afterEach(() => fleet.close());

test("of 200 hosts, 20 are dead or refuse: all others are listed, in their order, and each of the 20 is said", async () => {
  const names = Array.from({ length: 200 }, (_, at) => `pve${at + 1}`);
  const refusing = { ListContainers: refusal(status.INTERNAL, "it went wrong", { reason: "STORE" }) };
  const scripts = names.map((name, at) => [name, at % 20 === 3 ? "dead" : at % 20 === 7 ? refusing : having(1000 + at)] as const);
  fleet = await makeFleet(Object.fromEntries(scripts));
  const { code, stdout, stderr } = await fleet.ctl(["ps", "--all-hosts", "--host-timeout", "50s", "-o", "json"]);
  const { containers, failed } = JSON.parse(stdout) as {
    containers: readonly { host: string; ctid: number }[];
    failed: readonly { host: string; reason: string }[];
  };
  const bad = (at: number) => at % 20 === 3 || at % 20 === 7;
  expect(code).toBe(3);
  expect(containers.map(({ host, ctid }) => [host, ctid])).toEqual(names.flatMap((name, at) => (bad(at) ? [] : [[name, 1000 + at]])));
  expect(failed.map(({ host, reason }) => [host, reason])).toEqual(
    names.flatMap((name, at) => (bad(at) ? [[name, at % 20 === 3 ? "unreachable" : "failed"]] : [])),
  );
  expect(stderr).toBe("20 of 200 hosts did not answer: pve4, pve8, pve24, pve28, pve44 and 15 more.\n");
});
