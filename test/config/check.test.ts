import { checkReport } from "../../src/agent/config/check.ts";
import { parseManifest } from "../../src/agent/config/manifest.ts";
import type { Problem, ScriptFiles } from "../../src/agent/config/manifest-types.ts";
import { parseSettings } from "../../src/agent/config/settings.ts";

const settings = parseSettings("driver: sim", "/agent.yaml");
const report = (manifest: string, files: Partial<ScriptFiles> = {}, problems: readonly Problem[] = []) =>
  checkReport(settings, parseManifest(Buffer.from(manifest), "m.json", { default_from_ctid: 950 }), {
    files: { scripts_folder: "/bin", features_folder: "/setup", scripts: new Map(), features: new Map(), ...files },
    problems,
  });

const manifest = `{"lxc_configs": {
  "950": { "name": "a", "features": ["docker", "vllm"], "application_script": "a.sh", "application_files": ["b.sh"], "cores": "2" },
  "951": { "name": "b", "cores": -1 }
}}`;
const inManifest = [
  'm.json:2:79: warning: $.lxc_configs["950"].application_script: a.sh is not in /bin',
  'm.json:2:109: warning: $.lxc_configs["950"].application_files[0]: b.sh is not in /bin',
];

test("errors and warnings in the order of the file, then the counts", () => {
  const features = new Map([["phoenix_hypervisor_feature_install_docker.sh", "hash"]]);
  expect(report(manifest, { features })).toMatchObject({
    lines: [
      'm.json:2:48: warning: $.lxc_configs["950"].features[1]: neither phoenix_hypervisor_feature_install_vllm.sh nor vllm.sh is in /setup',
      ...inManifest,
      'm.json:2:127: warning: $.lxc_configs["950"].cores: expected a number, got "2"; taken as 2',
      'm.json:3:34: error: $.lxc_configs["951"].cores: expected a whole number from 1 to 8192, got -1',
      "driver sim: 1 container can be used, 1 can't; 1 error, 4 warnings",
    ],
    errors: 1,
    warnings: 4,
  });
});

test("the same for programs", () => {
  const folder: Problem = { severity: "warning", ctid: null, path: "/setup", line: 0, column: 0, message: "can't be read" };
  const parsed = parseManifest(Buffer.from('{"lxc_configs": {\n  "951": { "name": "b", "cores": -1 } }}'), "m.json", {
    default_from_ctid: 950,
  });
  const files = { scripts_folder: "/bin", features_folder: "/setup", scripts: new Map(), features: new Map() };
  const onHost = [{ subject: "storage", severity: "error", message: "there is none" }] as const;
  expect(checkReport(settings, parsed, { files, problems: [folder] }, onHost).record).toEqual({
    driver: "sim",
    usable_containers: 0,
    broken_containers: 1,
    errors: 2,
    warnings: 1,
    problems: [
      {
        severity: "error",
        message: "expected a whole number from 1 to 8192, got -1",
        file: "m.json",
        at: { line: 2, column: 34, path: '$.lxc_configs["951"].cores' },
      },
      { severity: "warning", message: "can't be read", file: "/setup", at: null },
      { severity: "error", message: "there is none", subject: "storage" },
    ],
  });
});

test("of a folder that can't be read, only that is said", () => {
  const problem: Problem = {
    severity: "warning",
    ctid: null,
    path: "/setup",
    line: 0,
    column: 0,
    message: "the folder of features can't be read: ENOENT",
  };
  const odd: Problem = { ...problem, path: "/bin/line\nbreak", message: "it is left out" };
  const { lines } = report(manifest, {}, [problem, odd]);
  expect(lines.filter((line) => !line.startsWith("m.json:3") && !line.includes("cores"))).toEqual([
    ...inManifest,
    "/setup: warning: the folder of features can't be read: ENOENT",
    '"/bin/line\\nbreak": warning: it is left out',
    "driver sim: 1 container can be used, 1 can't; 1 error, 5 warnings",
  ]);
});

test("a file that is not JSON", () => {
  expect(report("{").lines).toEqual([
    'm.json:1:2: error: not JSON: expected "}", got the end of the file',
    "driver sim: 0 containers can be used; 1 error, 0 warnings",
  ]);
});

test("nothing to say", () => {
  expect(report('{"lxc_configs": {"950": {"name": "a"}}}').lines).toEqual(["driver sim: 1 container can be used; 0 errors, 0 warnings"]);
});

test("what was found on the host comes last, and counts", () => {
  const parsed = parseManifest(Buffer.from('{"lxc_configs": {}}'), "m.json", { default_from_ctid: 950 });
  const files = {
    scripts_folder: "/bin",
    features_folder: "/setup",
    scripts: new Map<string, string>(),
    features: new Map<string, string>(),
  };
  const found = checkReport(settings, parsed, { files, problems: [] }, [
    { subject: "boot", severity: "error", message: "950: it has two owners" },
  ]);
  expect([found.lines.at(-2), found.errors]).toEqual(["boot: error: 950: it has two owners", 1]);
});
