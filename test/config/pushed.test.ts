import { createHash } from "node:crypto";
import { pushedManifest, relevantHash } from "../../src/agent/config/pushed.ts";

test("a container sees the top-level keys and its own part, as they were written", () => {
  const top = { $schema: "s", nvidia_driver_version: "580" };
  const raw = { name: "a", cores: "2", secret: "\u{1F600}\uD800", nothing: null };
  const { bytes, hash } = pushedManifest({ top }, { ctid: 950, raw });
  expect(JSON.parse(Buffer.from(bytes).toString())).toEqual({ ...top, lxc_configs: { 950: raw } });
  expect(hash).toBe(createHash("sha256").update(bytes).digest("hex"));
  expect(pushedManifest({ top }, { ctid: 950, raw }).hash).toBe(hash);
});

test("a change that only the agent acts on changes nothing for the script", () => {
  const hash = (raw: Record<string, unknown>, top = {}) => relevantHash({ top }, { ctid: 950, raw: { name: "a", ...raw } });
  expect(hash({ memory_mb: 2048, boot_order: 3, timeout_s: 5 })).toBe(hash({}));
  expect(hash({ vllm_port: 8000 })).not.toBe(hash({}));
  expect(hash({}, { nvidia_driver_version: "581" })).not.toBe(hash({}));
});
