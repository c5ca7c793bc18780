import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  descriptionOf,
  entryOf,
  fieldsOf,
  linesOf,
  parseConf,
  pendingFields,
  printConf,
  rawOf,
  without,
  withLine,
} from "../../../src/agent/driver/proxmox/conf.ts";
import { isMountPoint } from "../../../src/agent/driver/proxmox/mounts.ts";
import { recordedConfs } from "./recorded.ts";

const line = fc.oneof(
  fc.constantFrom(
    "memory: 512",
    "mp0: btr:101/vm-101-disk-1.raw,mp=/data,size=1G",
    "mp1: /srv/models,mp=/models",
    "#note%3A 50%25",
    "",
    "bogus",
    "future_key: x",
  ),
  fc.constantFrom(
    "lxc.cgroup2.devices.allow: c 195:* rwm",
    "lxc.mount.entry = /srv srv none bind",
    "net0: name=eth0,bridge=vmbr0",
    "mp12: /a,mp=/b",
  ),
  fc.string({ maxLength: 12 }).filter((text) => !/[\r\n]/.test(text)),
);
const header = fc.constantFrom("[pve:pending]", "[pre-configured]", "[final-form] ", "[odd", "[zz]");
const eol = fc.constantFrom("\n", "\r\n");
const confText = fc
  .tuple(fc.array(fc.oneof({ weight: 4, arbitrary: line }, { weight: 1, arbitrary: header })), eol, fc.boolean())
  .map(([lines, end, closed]) => lines.join(end) + (closed && lines.length > 0 ? end : ""));

describe("N.conf as a value", () => {
  test("there are recorded ones", () => expect(recordedConfs.length).toBeGreaterThan(50));

  test.each(recordedConfs)("$name: printing gives the text back", ({ text }) => {
    const conf = parseConf(text);
    expect(printConf(conf)).toBe(text);
    expect(conf.main.join("")).not.toContain("[");
    expect(fieldsOf(conf.main).get("rootfs")).toBeDefined();
  });

  test.each(recordedConfs)("$name: a mount point goes where Proxmox writes it, and back out", ({ text }) => {
    const bare = without(parseConf(text), isMountPoint);
    const edited = withLine(bare, "mp7: /srv/bind,mp=/data");
    const keys = edited.main.flatMap((each) => entryOf(each)?.key ?? []).filter((key) => !key.startsWith("lxc."));
    expect(keys).toEqual(keys.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(printConf(without(edited, ({ key }) => key === "mp7"))).toBe(printConf(bare));
  });

  test("anything at all is printed as it was", () => {
    fc.assert(fc.property(fc.oneof(confText, fc.string()), (text) => expect(printConf(parseConf(text))).toBe(text)));
  });

  test("edits stay in the main section, and take and give nothing but what was asked", () => {
    fc.assert(
      fc.property(confText, fc.constantFrom("mp3: /x,mp=/y", "lxc.mount.entry: /a a none bind 0 0"), (text, added) => {
        const conf = parseConf(text);
        const hidden = without(conf, isMountPoint);
        expect(hidden.sections).toEqual(conf.sections);
        expect(hidden.main).toEqual(conf.main.filter((each) => !/^mp\d+: *\S/.test(each)));
        const longer = withLine(conf, added);
        expect(longer.sections).toEqual(conf.sections);
        expect(linesOf(longer.main, () => true)).toContain(added);
        expect(longer.main.length).toBe(conf.main.length + 1);
        expect(parseConf(printConf(longer)).sections.map(({ name }) => name)).toEqual(conf.sections.map(({ name }) => name));
      }),
    );
  });

  test("the ends of lines stay as they are", () => {
    const conf = parseConf("memory: 512\r\nnet0: x\r\n\r\n[base]\r\nmemory: 256\r\n");
    expect(fieldsOf(conf.main).get("memory")).toBe("512");
    expect(printConf(withLine(conf, "mp0: /a,mp=/b"))).toBe("memory: 512\r\nmp0: /a,mp=/b\r\nnet0: x\r\n\r\n[base]\r\nmemory: 256\r\n");
  });

  test("a text without an end of line gets one before a line is put after it", () => {
    expect(printConf(withLine(parseConf("memory: 512"), "mp0: /a,mp=/b"))).toBe("memory: 512\nmp0: /a,mp=/b\n");
    expect(printConf(withLine(parseConf(""), "mp0: /a,mp=/b"))).toBe("mp0: /a,mp=/b\n");
  });

  test("raw lines go to the end of the main section, never to that of the file", () => {
    const text = "memory: 512\n\n[base]\nmemory: 512\n";
    expect(printConf(withLine(parseConf(text), "lxc.a: b"))).toBe("memory: 512\nlxc.a: b\n\n[base]\nmemory: 512\n");
  });

  test("the last of a key counts, raw keys may repeat, and both ways to write them are read", () => {
    const conf = parseConf("memory: 1\nmemory: 2\nlxc.a: 1\nlxc.a = 2\n");
    expect(fieldsOf(conf.main)).toEqual(new Map([["memory", "2"]]));
    expect(rawOf(conf.main)).toEqual([
      { key: "lxc.a", value: "1" },
      { key: "lxc.a", value: "2" },
    ]);
  });

  test("what is pending is read over the main section", () => {
    const conf = parseConf("memory: 1\nswap: 5\ncores: 2\n\n[pve:pending]\ndelete: swap,!cores\nmemory: 2\ndev1: /dev/fuse\n");
    expect(Object.fromEntries(pendingFields(conf))).toEqual({ memory: "2", dev1: "/dev/fuse" });
  });

  test("descriptions are decoded, and malformed ones are left alone", () => {
    expect(descriptionOf(["#Line 1\n", "#Line 2 %C3%A4%C3%B6%C3%BC %2541\n", "memory: 1\n"])).toBe("Line 1\nLine 2 äöü %41");
    expect(descriptionOf(["#50% done %zz\r\n"])).toBe("50% done %zz");
  });
});
