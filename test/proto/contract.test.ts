import { decodeError, encodeError, fromTimestamp, loadContract, toTimestamp, type ErrorReport } from "../../proto/index.ts";

const report: ErrorReport = { reason: "LOCKED", message: "it is locked", remedy: "", blockers: [], more_blockers: 0, retry_ms: null };
const blocker = (ctid: number, remedy: string) => ({ reason: "LOCKED", ctid, message: `${ctid} is locked by backup`, remedy });

test("the contract is made once", async () => {
  expect(await loadContract()).toBe(await loadContract());
});

test.each([0, 1, 999, 1000, 1_700_000_000_123, -1, -1500])("%d ms make a timestamp and back", (ms) => {
  expect(fromTimestamp(toTimestamp(ms))).toBe(ms);
  expect(toTimestamp(ms).nanos).toBeGreaterThanOrEqual(0);
});

test("an absent timestamp is null", () => {
  expect(fromTimestamp(null)).toBeNull();
  expect(fromTimestamp(undefined)).toBeNull();
});

describe("messages", () => {
  test("maps, bytes and one-ofs survive the wire", async () => {
    const { requestSerialize, requestDeserialize } = (await loadContract()).services.host.Exec;
    const command = { ctid: 950, argv: ["echo", ""], env: { A: "b", LONG_NAME: "ü" }, timeout_s: 7 };
    expect(requestDeserialize(requestSerialize({ command }))).toEqual({ request: "command", command });
    const stdin = Buffer.from([0, 255, 128]);
    expect(requestDeserialize(requestSerialize({ stdin }))).toEqual({ request: "stdin", stdin });
  });

  test("a zero in a one-of is sent, an unset optional field is not", async () => {
    const { host } = (await loadContract()).services;
    expect(host.Exec.responseDeserialize(host.Exec.responseSerialize({ exit_code: 0 }))).toEqual({ response: "exit_code", exit_code: 0 });
    const { responseSerialize, responseDeserialize } = host.ListContainers;
    const { containers } = responseDeserialize(responseSerialize({ containers: [{ boot_order: 0 }, {}] }));
    expect(containers.map(({ boot_order }) => boot_order)).toEqual([0, undefined]);
  });

  test("numbers beyond 32 bits keep their value", async () => {
    const { responseSerialize, responseDeserialize } = (await loadContract()).services.orchestration.WatchRun;
    expect(responseDeserialize(responseSerialize({ event: { seq: 2 ** 40 + 1 } })).event?.seq).toBe(2 ** 40 + 1);
  });
});

describe("errors", () => {
  const travels = async (given: ErrorReport, code = 9) => {
    const contract = await loadContract();
    return decodeError(contract, encodeError(contract, code, given));
  };

  test.each<[string, Partial<ErrorReport>]>([
    ["nothing but the reason", {}],
    ["a remedy", { remedy: "wait for the backup" }],
    ["blockers, some with a remedy", { blockers: [blocker(950, "a"), blocker(951, ""), blocker(952, "c")] }],
    ["a time to wait", { retry_ms: 1500 }],
  ])("arrive with %s", async (_, over) => {
    expect(await travels({ ...report, ...over })).toEqual({ ...report, ...over });
  });

  test("are what google.rpc says, so that other clients can read them", async () => {
    const contract = await loadContract();
    const bytes = encodeError(contract, 9, { ...report, remedy: "wait", blockers: [blocker(950, "a")], retry_ms: 1500 });
    const status = contract.details.status.deserialize(bytes);
    expect(status).toMatchObject({ code: 9, message: "it is locked" });
    const [info, precondition, retry] = status.details.map(({ value }) => Buffer.from(value));
    expect(contract.details.info.deserialize(info!)).toEqual({
      reason: "LOCKED",
      domain: "phoenix",
      metadata: { remedy: "wait", "remedy.0": "a" },
    });
    expect(contract.details.precondition.deserialize(precondition!)).toEqual({
      violations: [{ type: "LOCKED", subject: "950", description: "950 is locked by backup" }],
    });
    expect(contract.details.retry.deserialize(retry!)).toEqual({ retry_delay: { seconds: 1, nanos: 5e8 } });
  });

  test("fit into a trailer, and say how many blockers did not", async () => {
    const contract = await loadContract();
    const blockers = Array.from({ length: 300 }, (_, i) => blocker(100 + i, "wait"));
    const bytes = encodeError(contract, 9, { ...report, blockers });
    expect(bytes.length).toBeLessThanOrEqual(5000);
    const arrived = decodeError(contract, bytes)!;
    expect(arrived.blockers.length).toBeGreaterThan(10);
    expect(arrived.blockers).toEqual(blockers.slice(0, arrived.blockers.length));
    expect(arrived.blockers.length + arrived.more_blockers).toBe(300);
  });

  test("of others are not taken for ours", async () => {
    const contract = await loadContract();
    expect(decodeError(contract, contract.details.status.serialize({ code: 9, message: "x" }))).toBeNull();
    const value = contract.details.info.serialize({ reason: "LOCKED", domain: "example.org" });
    const details = [{ type_url: "type.googleapis.com/google.rpc.ErrorInfo", value }];
    expect(decodeError(contract, contract.details.status.serialize({ code: 9, details }))).toBeNull();
  });
});
