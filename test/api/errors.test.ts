import { status } from "@grpc/grpc-js";
import { decodeError, loadContract } from "../../proto/index.ts";
import { codes, isDefect, Refusal, toStatus } from "../../src/agent/api/errors.ts";
import { Fault, reasons } from "../../src/agent/domain/errors.ts";
import { plan } from "./support/runs.ts";
import { closeAll, serve } from "./support/serve.ts";

afterEach(closeAll);

const sent = async (thrown: unknown) => {
  const contract = await loadContract();
  const { code, details, metadata } = toStatus(contract, thrown);
  const bytes = metadata.get("grpc-status-details-bin")[0];
  const inside = contract.details.status.deserialize(bytes as Buffer);
  return { code, message: details, inside: [inside.code, inside.message], report: decodeError(contract, bytes as Buffer) };
};

test.each(reasons)("%s travels with a code of gRPC, its words and its remedy", async (reason) => {
  const { code, message, inside, report } = await sent(new Fault(reason, "what", "how"));
  expect(code).toBe(codes[reason]);
  expect([status.OK, undefined]).not.toContain(code);
  expect(inside).toEqual([code, message]);
  expect(report).toEqual({
    reason,
    message: "what",
    remedy: "how",
    blockers: [],
    more_blockers: 0,
    retry_ms: reason === "BUSY" ? 5000 : null,
  });
});

test("what no reason is for is never taken for one of gRPC's own troubles", () => {
  const codeOf: Readonly<Record<string, status>> = codes;
  expect(reasons.filter((reason) => codeOf[reason] === status.UNIMPLEMENTED)).toEqual([]);
  expect(reasons.filter((reason) => codeOf[reason] === status.UNAUTHENTICATED)).toEqual(["NOT_TRUSTED"]);
  expect(reasons.filter((reason) => codeOf[reason] === status.PERMISSION_DENIED)).toEqual(["DENIED"]);
  expect(reasons.filter((reason) => codes[reason] === status.UNAVAILABLE)).toEqual(["SHUTTING_DOWN"]);
});

test("a transient fault says when to try again", async () => {
  expect((await sent(new Fault("CONFIG_LOCK_TIMEOUT", "w", "", "transient"))).report?.retry_ms).toBe(5000);
});

test("what nobody foresaw is INTERNAL with its words, and nothing else of it", async () => {
  const { code, report, message } = await sent(new TypeError("x is not a function"));
  expect(code).toBe(status.INTERNAL);
  expect(message).toBe("x is not a function");
  expect(report).toMatchObject({ reason: "BACKEND_FAILED", remedy: "" });
  expect(await sent("just a text")).toMatchObject({ code: status.INTERNAL, message: "just a text" });
});

test("is a defect only what is neither a fault nor a refusal", () => {
  expect([new Fault("STORE", "x"), new Refusal([plan()]), new Error("x"), null].map(isDefect)).toEqual([false, false, true, true]);
});

test("long words are cut, and half a character does not stop them", async () => {
  const { message, report } = await sent(new Fault("BACKEND_FAILED", `${"x".repeat(999)}😀 and more`, "y".repeat(5000)));
  expect(message).toBe(`${"x".repeat(999)}\uFFFD…`);
  expect(report?.remedy).toHaveLength(1001);
});

test.each(["umlauts äöü 漢字 😀", "two\nlines", "50 % of it", "x".repeat(100_000), "half \ud83d"])(
  "the words %j reach the caller",
  async (words) => {
    const { call, fails } = await serve({ host: { world: () => Promise.reject(new Fault("STORE", words)) } });
    const { message, report } = await fails(call("host/ListContainers"));
    expect(message).toBe(report?.message);
    expect(words.toWellFormed().startsWith(message.slice(0, 1000))).toBe(true);
  },
);

test("a defect is logged whole, and its stack stays here; a refusal is logged in a line", async () => {
  const defect = new Error("x is not a function");
  const worlds = [defect, new Fault("STORE", "the disk is full")];
  const { call, fails, logged } = await serve({ host: { world: () => Promise.reject(worlds.shift()) } });
  const failed = await fails(call("host/ListContainers"));
  expect(JSON.stringify(failed)).not.toContain("errors.test");
  await fails(call("host/ListContainers"));
  const method = "/phoenix.v1.HostService/ListContainers";
  expect(logged).toEqual([
    ["error", { method, ms: 0, err: defect }, "a call failed for an unforeseen reason"],
    ["info", { method, ms: 0, code: status.INTERNAL, error: "the disk is full" }, "call refused"],
  ]);
});
