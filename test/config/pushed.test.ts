import { createHash } from "node:crypto";
import { pushedManifest } from "../../src/agent/config/pushed.ts";

test("a container sees the top-level keys and its own part, as they were written", () => {
  const top = { $schema: "s", nvidia_driver_version: "580" };
  const raw = { name: "a", cores: "2", secret: "\u{1F600}\uD800", nothing: null };
  const { bytes, hash } = pushedManifest({ top }, { ctid: 950, raw });
  expect(JSON.parse(Buffer.from(bytes).toString())).toEqual({ ...top, lxc_configs: { 950: raw } });
  expect(hash).toBe(createHash("sha256").update(bytes).digest("hex"));
  expect(pushedManifest({ top }, { ctid: 950, raw }).hash).toBe(hash);
});
