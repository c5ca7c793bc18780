import { hostsText, readHosts } from "../../../src/ctl/fleet/hosts-shape.ts";
import type { Hosts } from "../../../src/ctl/fleet/hosts.ts";

const pin = `sha256:${"0f".repeat(32)}`;
const tls = {
  kind: "tls",
  addresses: ["pve1.lan:7443", "10.0.0.1:7443", "[fd00::1]:7443"],
  ca_pins: [pin],
  credentials: "credentials/pve1-00",
};
const good: Hosts = {
  default: "gpu",
  hosts: { here: { kind: "socket", socket: "/run/phoenix/agent.sock" }, pve1: tls as Hosts["hosts"][string] },
  groups: { gpu: ["pve1"] },
};

test("what is written is what is read", () => {
  expect(readHosts(hostsText(good))).toEqual({ kind: "good", hosts: good });
  expect(readHosts("{}")).toEqual({ kind: "good", hosts: { default: null, hosts: {}, groups: {} } });
});

test.each<[string, object | string, string]>([
  ["no JSON", "{", "not JSON: "],
  ["no object", "[]", "expected an object, got []"],
  ["an unknown key", { host: {} }, "host: unknown; expected only default, hosts, groups"],
  ["a default that is nothing", { default: "pve9" }, 'default: expected the name of a host or a group, or null, got "pve9"'],
  ["a name that is a number", { hosts: { "950": tls } }, "hosts.950: expected a name of letters, digits, . _ and -, a letter first"],
  ["a name that is both", { hosts: { gpu: tls }, groups: { gpu: ["gpu"] } }, "groups.gpu: a host has this name already"],
  ["a member that is no host", { groups: { gpu: ["pve9"] } }, 'groups.gpu[0]: expected the name of a host, got "pve9"'],
  ["an empty group", { groups: { gpu: [] } }, "groups.gpu: expected a list of texts, at least one, got []"],
  ["a host of no kind", { hosts: { a: {} } }, 'hosts.a.kind: expected "socket" or "tls", got nothing'],
  ["a relative socket", { hosts: { a: { kind: "socket", socket: "x" } } }, 'hosts.a.socket: expected an absolute path, got "x"'],
  ["more than a socket", { hosts: { a: { kind: "socket", socket: "/x", port: 1 } } }, "hosts.a.port: unknown; expected only kind, socket"],
  ["no port", { hosts: { a: { ...tls, addresses: ["pve1"] } } }, 'hosts.a.addresses[0]: expected HOST:PORT, got "pve1"'],
  ["a port too large", { hosts: { a: { ...tls, addresses: ["a:65536"] } } }, 'hosts.a.addresses[0]: expected HOST:PORT, got "a:65536"'],
  ["no pin", { hosts: { a: { ...tls, ca_pins: [] } } }, "hosts.a.ca_pins: expected a list of texts, at least one, got []"],
  ["a pin that is none", { hosts: { a: { ...tls, ca_pins: ["x"] } } }, 'hosts.a.ca_pins[0]: expected sha256: and 64 hex digits, got "x"'],
  [
    "credentials elsewhere",
    { hosts: { a: { ...tls, credentials: "../x" } } },
    "hosts.a.credentials: expected the name of a folder beside this file",
  ],
])("%s is named, with its place", (_, given, expected) => {
  const reading = readHosts(typeof given === "string" ? given : JSON.stringify(given));
  expect(reading).toEqual({ kind: "bad", problems: [expect.stringContaining(expected)] });
});

test("everything that is wrong is named at once", () => {
  const reading = readHosts(JSON.stringify({ default: "x", hosts: { a: { kind: "tls" } }, extra: 1 }));
  expect(reading).toMatchObject({ kind: "bad", problems: { length: 5 } });
});
