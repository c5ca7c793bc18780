// Secrets are planted wherever a host has some; none may be in what is given away, and everything else has to be.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { executables, makeHouse, simGround, type House, type Said } from "./support/house.ts";

const planted = {
  environment: "planted-in-env-8831",
  password: "planted password, with words",
  setting: "planted-webhook-path-17",
  signing: "planted-signing-secret-0123456789",
  token: "hf_plantedplantedplanted",
  bearer: "plantedbearer123",
  url: "plantedinurl",
  argument: "plantedargument",
  key: "plantedkeyline",
};

let house: House;
beforeAll(async () => {
  const ground = simGround();
  const settings = [
    "driver: sim",
    "sim: { state: sim.json, faults: faults.json, unknown_commands: succeed }",
    `notify: { url: "http://127.0.0.1:9/hooks/${planted.setting}", secret_file: secret }`,
  ];
  house = makeHouse({ ...ground, settings });
  writeFileSync(join(house.folder, "secret"), `${planted.signing}\n`, { mode: 0o600 });
  house.manifest((manifest) => {
    const model = manifest.lxc_configs["900"] ?? {};
    model["env"] = { DATABASE: planted.environment };
    model["db_password"] = planted.password;
    model["application_script"] = "leak.sh";
    model["health_check"] = { command: `curl --api-key ${planted.argument} http://me:${planted.url}@127.0.0.1/`, retries: 1, interval: 1 };
  });
  const printed = [
    `the database is ${planted.environment}`,
    `and what it takes is ${planted.password}`,
    `posted to /hooks/${planted.setting}`,
    `signed with ${planted.signing}`,
    `export HF_TOKEN=${planted.token}`,
    `Authorization: Bearer ${planted.bearer}`,
    `fetching http://me:${planted.url}@10.0.0.1/x`,
    "visible-in-output",
  ];
  house.script("leak.sh", ["#!/bin/sh", ...printed.map((line) => `# sim: echo "${line}"`), ""].join("\n"));
  const message = `no: --api-key ${planted.argument} -----BEGIN PRIVATE KEY----- ${planted.key}`;
  writeFileSync(
    join(house.folder, "faults.json"),
    JSON.stringify([{ call: "exec", match: "curl", do: "fail", message, reason: "BACKEND_FAILED" }]),
  );
  await house.startAgent();
  if (house.ctl("orchestrate", "900").code !== 1) throw new Error("the run should fail");
});
afterAll(() => house.dispose());

function bundle(...args: readonly string[]): Said {
  const argv = ["support", "bundle", "--config", join(house.folder, "agent.yaml"), ...args];
  const done = spawnSync(executables.agent, argv, { encoding: "utf8", cwd: house.folder, env: { PATH: process.env["PATH"] ?? "" } });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

/** The files of an archive, by their names in its one folder. */
function unpacked(archive: string): ReadonlyMap<string, string> {
  const folder = join(house.folder, `${archive}.d`);
  mkdirSync(folder);
  expect(spawnSync("tar", ["-xzf", join(house.folder, archive), "-C", folder]).status).toBe(0);
  const inner = readdirSync(folder);
  expect(inner).toHaveLength(1);
  const stem = join(folder, inner[0] ?? "");
  return new Map(readdirSync(stem).map((name) => [name, readFileSync(join(stem, name), "utf8")]));
}

const leaks = (files: ReadonlyMap<string, string>) =>
  [...files].flatMap(([name, text]) =>
    Object.values(planted).flatMap((secret) => (text.includes(secret) ? [`${name} has ${secret}`] : [])),
  );

const parts = [
  "check.txt",
  "database.json",
  "events.json",
  "gpus.json",
  "manifest.json",
  "output.txt",
  "platform.json",
  "README.txt",
  "runs.json",
  "scripts.json",
  "settings.json",
  "versions.json",
];

test("while the agent runs, everything is in it but secrets, and it says so", () => {
  const { code, out, err } = bundle("one.tar.gz");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(statSync(join(house.folder, "one.tar.gz")).mode & 0o777).toBe(0o600);
  const files = unpacked("one.tar.gz");
  expect(leaks(files)).toEqual([]);
  expect([...files.keys()]).toEqual(expect.arrayContaining([...parts, "doctor.json"]));
  for (const name of files.keys()) if (name !== "README.txt") expect(out).toContain(name);
  expect(out).toContain(join(house.folder, "one.tar.gz"));

  const data = (name: string) => JSON.parse(files.get(name) ?? "null") as Record<string, unknown>;
  expect(data("settings.json")).toMatchObject({ driver: "sim", notify: { url: "http://127.0.0.1:9", secret_file: "secret" } });
  expect(data("manifest.json")).toMatchObject({
    lxc_configs: { 900: { name: "template-base", db_password: "…", env: { DATABASE: "…" } } },
  });
  expect(data("runs.json")).toMatchObject([
    { plan: { request: { kind: "orchestrate", ctid: 900 } }, state: { phase: "failed" }, story: expect.any(Array) as unknown },
  ]);
  expect(JSON.stringify(data("runs.json"))).toContain("step-finished");
  expect(files.get("output.txt")).toContain("visible-in-output");
  expect(data("platform.json")).toMatchObject({ driver: "sim", containers: [{ ctid: 900 }] });
  expect(data("database.json")).toMatchObject({ rows: { runs: 1 } });
  expect(JSON.stringify(data("doctor.json"))).toContain("orchestrate of 900 failed");
  expect(JSON.stringify(data("events.json"))).toContain("run.finished");
  expect(files.get("check.txt")).toMatch(/^driver sim: /m);
});

test("without an agent, and twice into one file", async () => {
  await house.endAgent("SIGTERM");
  const { code, out } = bundle("two.tar.gz");
  expect(code).toBe(0);
  expect(out).toContain("not in it: doctor.json: no agent answers on");
  const files = unpacked("two.tar.gz");
  expect(leaks(files)).toEqual([]);
  expect([...files.keys()]).toEqual(expect.arrayContaining(parts));
  expect(bundle("two.tar.gz")).toMatchObject({
    code: 1,
    err: expect.stringContaining("two.tar.gz can't be written: it is there already") as string,
  });
});

test("with settings and a manifest that can't be read, and a name of its own", () => {
  const agent = readFileSync(join(house.folder, "agent.yaml"), "utf8");
  writeFileSync(join(house.folder, "phoenix_lxc_configs.json"), `{ "password": "${planted.password}", `);
  const broken = bundle("three.tar.gz");
  expect(broken).toMatchObject({ code: 0, out: expect.stringContaining("not in it: manifest.json: ") as string });
  expect([...unpacked("three.tar.gz").keys()]).toEqual(expect.arrayContaining(["runs.json", "database.json"]));
  writeFileSync(join(house.folder, "agent.yaml"), `${agent}\npassword: ${planted.password}\n`);
  const { code, out } = bundle();
  expect(code).toBe(0);
  const file = /^(\S+)\/(phoenix-support-\S+-\d{8}-\d{6}\.tar\.gz): /m.exec(out)?.[2] ?? "";
  expect(existsSync(join(house.folder, file))).toBe(true);
  expect(out).toContain("not in it: everything that needs settings: ");
  expect(leaks(unpacked(file))).toEqual([]);
});
