import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseConf, without } from "../../../src/agent/driver/proxmox/conf.ts";
import { bareText, heldBack, keptOut, noOthers } from "../../../src/agent/driver/proxmox/held.ts";
import { isMountPoint } from "../../../src/agent/driver/proxmox/mounts.ts";
import { recordedConfs } from "./recorded.ts";

const volume = "mp1: btr:950/vm-950-disk-1.raw,mp=/data,backup=0,size=1G";
const bind = "mp0: /srv/models,mp=/models";
const rollback = (text: string, lines = [bind, volume]) =>
  heldBack(text, { before: "", bare: "", lines, section: { name: "", lines: [] }, others: noOthers });

describe("other settings that come back", () => {
  const others = { before: ["tags: prod", "dev0: /dev/fuse"], snapshot: ["tags: old"] };
  const back = (text: string) => heldBack(text, { before: "", bare: "", lines: [], section: { name: "", lines: [] }, others });

  test.each([
    ["after the rollback", "memory: 1\ntags: old\n\n[base]\ntags: old\n", "dev0: /dev/fuse\nmemory: 1\ntags: prod\n\n[base]\ntags: old\n"],
    ["before it", "dev0: /dev/fuse\nmemory: 1\ntags: prod\n\n[base]\ntags: old\n", null],
    ["where somebody has set them since", "memory: 1\ntags: new\n\n[base]\ntags: old\n", null],
  ])("%s", (_, text, expected) => {
    expect(back(text)).toBe(expected ?? text);
    expect(back(back(text))).toBe(expected ?? text);
  });
});

describe("mount points that come back", () => {
  test.each(recordedConfs)("$name: taken out and put back is the same, byte for byte", ({ text }) => {
    const lines = keptOut(parseConf(text).main, new Set());
    const bare = bareText(parseConf(text), lines);
    expect(without(parseConf(bare), isMountPoint)).toEqual(parseConf(bare));
    expect(heldBack(bare, { before: text, bare, lines, section: { name: "", lines: [] }, others: noOthers })).toBe(text);
    expect(heldBack(text, { before: text, bare, lines, section: { name: "", lines: [] }, others: noOthers })).toBe(text);
  });

  test("a text that no Proxmox has written comes back as it was", () => {
    const text = `swap: 1\r\n${volume}\r\n\r\n  \r\nmemory: 1\r\n${bind}  \r\n[a]\r\n${bind}\r\n`;
    const lines = keptOut(parseConf(text).main, new Set());
    const bare = bareText(parseConf(text), lines);
    expect(bare).toBe("swap: 1\r\n\r\n  \r\nmemory: 1\r\n[a]\r\nmp0: /srv/models,mp=/models\r\n");
    expect(heldBack(bare, { before: text, bare, lines, section: { name: "", lines: [] }, others: noOthers })).toBe(text);
  });

  test("come back to their places in any order of settings, and twice is once", () => {
    const others = fc.shuffledSubarray(["memory: 1", "net0: x", "rootfs: btr:950/d,size=1G", "lxc.a: 1", "parent: p", "#note"], {
      minLength: 2,
    });
    fc.assert(
      fc.property(others, (lines) => {
        const text = `${lines.join("\n")}\n\n[p]\nmemory: 1\n`;
        const once = rollback(text);
        expect(
          parseConf(once)
            .main.filter((line) => line.startsWith("mp"))
            .toSorted(),
        ).toEqual([`${bind}\n`, `${volume}\n`]);
        expect(parseConf(once).sections).toEqual(parseConf(text).sections);
        expect(rollback(once)).toBe(once);
      }),
    );
  });

  test("after a rollback: the volume is no longer unused, and keeps its options", () => {
    const text =
      "memory: 1\nunused0: btr:950/vm-950-disk-9.raw\nunused1: btr:950/vm-950-disk-1.raw\n\n[a]\nunused1: btr:950/vm-950-disk-1.raw\n";
    expect(rollback(text)).toBe(
      `memory: 1\n${bind}\n${volume}\nunused0: btr:950/vm-950-disk-9.raw\n\n[a]\nunused1: btr:950/vm-950-disk-1.raw\n`,
    );
  });

  test("what the snapshot itself has at their place stays", () => {
    expect(rollback("mp3: btr:950/vm-950-disk-1.raw,mp=/data,size=1G\n", [volume])).toBe(
      "mp3: btr:950/vm-950-disk-1.raw,mp=/data,size=1G\n",
    );
    expect(rollback("mp0: btr:950/vm-950-disk-7.raw,mp=/models,size=1G\n", [bind])).toBe(
      "mp0: btr:950/vm-950-disk-7.raw,mp=/models,size=1G\n",
    );
  });

  test("a number that is taken by now gives way to a free one", () => {
    expect(rollback("mp0: btr:950/vm-950-disk-7.raw,mp=/other,size=1G\n", [bind])).toBe(
      "mp0: btr:950/vm-950-disk-7.raw,mp=/other,size=1G\nmp1: /srv/models,mp=/models\n",
    );
  });

  test("volumes that are to be snapshotted stay in; bind mounts never do", () => {
    const { main } = parseConf(`${bind}\n${volume}\n`);
    expect(keptOut(main, new Set(["btr:950/vm-950-disk-1.raw", "/srv/models"]))).toEqual([bind]);
  });
});
