import { existsSync, mkdtempSync, rmSync, writeFileSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { containerShape } from "../../src/agent/config/container-shape.ts";
import type { Problem } from "../../src/agent/config/manifest-types.ts";
import { loadManifest, parseManifest } from "../../src/agent/config/manifest.ts";

const options = { default_from_ctid: 950 };
const parse = (text: string) => parseManifest(Buffer.from(text), "configs.json", options);
const line = ({ severity, ctid, path, line, column, message }: Problem) =>
  `${line}:${column} ${severity} ${ctid ?? "-"} ${path}: ${message}`;

/** Each container's keys, as JSON without the outer braces, a container a line: 900 is in line 3, 901 in line 4, … */
function manifest(containers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(containers).map(([ctid, keys]) => `"${ctid}": {${keys}}`);
  return `{\n"lxc_configs": {\n${lines.join(",\n")}\n}\n}`;
}
const problemsOf = (containers: Readonly<Record<string, string>>) => parse(manifest(containers)).problems.map(line);
const ok = '"name": "ok", "template": "/t"';

describe("what is not JSON is one error with its place", () => {
  test.each([
    ["", "1:1 error - $: not JSON: expected a value, got the end of the file"],
    ['{\n"lxc_configs": {},\n}', '3:1 error - $: not JSON: expected a key in double quotes, got "}"'],
    ['{\n  // no\n"lxc_configs": {}}', '2:3 error - $: not JSON: a comment; JSON has none, got "// no"'],
    ['{"lxc_configs": {', '1:18 error - $: not JSON: expected "}", got the end of the file'],
    ['{"a": 1 "b": 2}', '1:9 error - $: not JSON: expected "," or the end of the object or list, got "\\"b\\""'],
    ['{"a": NaN}', '1:7 error - $: not JSON: expected a key or a text in double quotes, a number, {, [, true, false or null, got "NaN"'],
    ["{}}", '1:3 error - $: not JSON: expected nothing more after the end, got "}"'],
    ["[".repeat(100_000), "1:1 error - $: it is nested too deeply"],
    ["[]", "1:1 error - $: expected an object with lxc_configs, got a list"],
    ['{\n"a": 1}', "1:1 error - $.lxc_configs: expected an object with a container for each id, got nothing"],
    ['{\n"lxc_configs": 3}', "2:16 error - $.lxc_configs: expected an object with a container for each id, got 3"],
  ])("%.30s", (text, problem) => {
    const { problems, containers, broken } = parse(text);
    expect(problems.map(line)).toEqual([problem]);
    expect([containers.size, broken.size]).toEqual([0, 0]);
  });

  test("bytes that are not UTF-8", () => {
    const { problems } = parseManifest(Buffer.from([0x7b, 0x0a, 0xff, 0x7d]), "configs.json", options);
    expect(problems.map(line)).toEqual(["2:1 error - $: not a text in UTF-8"]);
  });

  test("a byte order mark is fine", () => {
    expect(parse(`\uFEFF${manifest({ 950: ok })}`).problems).toEqual([]);
  });
});

describe("errors", () => {
  test.each<[string, string[]]>([
    [
      '"template": "/t"',
      ['3:8 error 950 $.lxc_configs["950"].name: expected a name that can be a host name: letters, digits, - and ., got nothing'],
    ],
    [
      '"name": ""',
      ['3:17 error 950 $.lxc_configs["950"].name: expected a name that can be a host name: letters, digits, - and ., got nothing'],
    ],
    [
      '"name": "a\\nb"',
      ['3:17 error 950 $.lxc_configs["950"].name: expected a name that can be a host name: letters, digits, - and ., got "a\\nb"'],
    ],
    ['"name": "a", "cores": "many"', ['3:31 error 950 $.lxc_configs["950"].cores: expected a whole number from 1 to 8192, got "many"']],
    ['"name": "a", "cores": 1.5', ['3:31 error 950 $.lxc_configs["950"].cores: expected a whole number from 1 to 8192, got 1.5']],
    [
      '"name": "a", "memory_mb": -1',
      ['3:35 error 950 $.lxc_configs["950"].memory_mb: expected a whole number from 16 to 1000000000, got -1'],
    ],
    [
      '"name": "a", "boot_order": -1',
      ['3:36 error 950 $.lxc_configs["950"].boot_order: expected a whole number from 0 to 1000000, got -1'],
    ],
    [
      '"name": "a", "memory_mb": 1e400',
      ['3:35 error 950 $.lxc_configs["950"].memory_mb: expected a whole number from 16 to 1000000000, got a number that is too large'],
    ],
    ['"name": "a", "unprivileged": "maybe"', ['3:38 error 950 $.lxc_configs["950"].unprivileged: expected true or false, got "maybe"']],
    [
      '"name": "a", "gpu_assignment": "all"',
      ['3:40 error 950 $.lxc_configs["950"].gpu_assignment: expected "none" or GPU indexes such as "0,1", got "all"'],
    ],
    ['"name": "a", "features": "nvidia"', ['3:34 error 950 $.lxc_configs["950"].features: expected a list of features, got "nvidia"']],
    [
      '"name": "a", "features": ["ok", "../x"]',
      ['3:41 error 950 $.lxc_configs["950"].features[1]: expected the name of a feature: letters, digits, ., _ and -, got "../x"'],
    ],
    [
      '"name": "a", "application_script": "../x.sh"',
      ['3:44 error 950 $.lxc_configs["950"].application_script: expected a plain file name, without folders, got "../x.sh"'],
    ],
    [
      '"name": "a", "application_script": ".."',
      ['3:44 error 950 $.lxc_configs["950"].application_script: expected a plain file name, without folders, got ".."'],
    ],
    [
      '"name": "a", "application_script": "x", "application_files": ["phoenix_lxc_configs.json"]',
      [
        '3:70 error 950 $.lxc_configs["950"].application_files: phoenix_lxc_configs.json is the container\'s part of this manifest; expected another name',
      ],
    ],
    ['"name": "a", "power": "sometimes"', ['3:31 error 950 $.lxc_configs["950"].power: expected on, off or auto, got "sometimes"']],
    [
      '"name": "a", "dependencies": ["953", "abc"]',
      ['3:46 error 950 $.lxc_configs["950"].dependencies[1]: expected a whole number from 100 to 999999999, got "abc"'],
    ],
    [
      '"name": "a", "health_check": {"retries": 2}',
      ['3:38 error 950 $.lxc_configs["950"].health_check.command: expected a command, got nothing'],
    ],
    [
      '"name": "a", "template_snapshot_name": "no spaces"',
      [
        '3:48 error 950 $.lxc_configs["950"].template_snapshot_name: "no spaces" can\'t be the name of a snapshot: expected a letter, then letters, digits, _ or -',
      ],
    ],
    [
      '"name": "a", "template_snapshot_name": "current"',
      [
        '3:48 error 950 $.lxc_configs["950"].template_snapshot_name: "current" can\'t be the name of a snapshot: "current" is a name that Proxmox keeps for itself',
      ],
    ],
    [
      '"name": "a", "mac_address": "53:54:00:00:00:01"',
      [
        '3:37 error 950 $.lxc_configs["950"].mac_address: expected a hardware address such as 52:54:00:AA:BB:CC, the second digit even, got "53:54:00:00:00:01"',
      ],
    ],
    [
      '"name": "a", "network_config": {"ip": "10.0.0.2", "gw": "x"}',
      [
        '3:40 error 950 $.lxc_configs["950"].network_config.bridge: expected the name of a bridge, such as vmbr0, got nothing',
        '3:47 error 950 $.lxc_configs["950"].network_config.ip: expected an address with its network, such as 10.0.0.2/24, or "dhcp", got "10.0.0.2"',
        '3:65 error 950 $.lxc_configs["950"].network_config.gw: expected the address of a gateway, such as 10.0.0.1, got "x"',
      ],
    ],
    [
      '"name": "a", "volumes": [{"name": "a b", "size_gb": 0, "mount_point": "data"}]',
      [
        '3:43 error 950 $.lxc_configs["950"].volumes[0].name: expected a name of letters, digits, ., _ and -, got "a b"',
        '3:61 error 950 $.lxc_configs["950"].volumes[0].size_gb: expected a whole number from 1 to 1000000, got 0',
        '3:79 error 950 $.lxc_configs["950"].volumes[0].mount_point: expected where it is mounted in the container: an absolute path without "..", "//" or commas, got "data"',
      ],
    ],
    [
      '"name": "a", "volumes": [{"name": "v", "size_gb": 1, "mount_point": "/d"}], "zfs_volumes": [{"name": "v", "size_gb": 1, "mount_point": "/e"}]',
      ['3:110 error 950 $.lxc_configs["950"].zfs_volumes[0].name: the container has another volume that is called "v"'],
    ],
    [
      '"name": "a", "volumes": [{"name": "v", "size_gb": 1, "mount_point": "/d"}], "mount_points": [{"host_path": "/h", "container_path": "/d/"}]',
      ['3:140 error 950 $.lxc_configs["950"].mount_points[0].container_path: something else of the container is mounted at "/d"'],
    ],
    [
      '"name": "a", "mount_points": [{"host_path": "/h/../etc", "container_path": "/"}]',
      [
        '3:53 error 950 $.lxc_configs["950"].mount_points[0].host_path: expected a folder of the host: an absolute path without "..", "//" or commas, got "/h/../etc"',
        '3:84 error 950 $.lxc_configs["950"].mount_points[0].container_path: expected where it is mounted in the container: an absolute path without "..", "//" or commas, got "/"',
      ],
    ],
    [
      '"name": "a", "lxc_options": ["rootfs=/"]',
      ['3:38 error 950 $.lxc_configs["950"].lxc_options[0]: expected a line such as lxc.apparmor.profile=unconfined, got "rootfs=/"'],
    ],
    [
      '"name": "a", "pct_options": ["nesting"]',
      ['3:38 error 950 $.lxc_configs["950"].pct_options[0]: expected an option such as nesting=1, got "nesting"'],
    ],
    ['"name": "a", "clone_from_ctid": "950"', ['3:41 error 950 $.lxc_configs["950"].clone_from_ctid: it needs itself first: 950 -> 950']],
  ])("%s", (keys, problems) => {
    const loaded = parse(manifest({ 950: keys, 951: ok }));
    expect(loaded.problems.filter(({ severity }) => severity === "error").map(line)).toEqual(problems);
    expect([...loaded.containers.keys()]).toEqual([951]);
    expect(loaded.broken.get(950)?.map(line)).toEqual(problems);
  });

  test("a container that is no object", () => {
    expect(parse('{"lxc_configs": {"950": []}}').problems.map(line)).toEqual([
      '1:25 error 950 $.lxc_configs["950"]: expected an object, got a list',
    ]);
  });

  test.each(["0", "-1", "abc", "99", "1000000000", "0950", "9.5e2", " 950", ""])("%p is no id", (key) => {
    const loaded = parse(`{"lxc_configs": {\n${JSON.stringify(key)}: {${ok}},\n"951": {"name": "b"}}}`);
    const path = key === "abc" ? ".abc" : `[${JSON.stringify(key)}]`;
    expect(loaded.problems.map(line)).toEqual([
      `2:1 error - $.lxc_configs${path}: expected the id of a container, a whole number from 100 to 999999999, got ${JSON.stringify(key)}`,
    ]);
    expect([...loaded.containers.keys()]).toEqual([951]);
  });

  test("the same id twice names both lines and stops only that one", () => {
    const loaded = parse('{"lxc_configs": {\n"950": {"name": "a"},\n"951": {"name": "b"},\n"950": {"name": "c"}}}');
    expect(loaded.problems.map(line)).toEqual([
      '4:1 error 950 $.lxc_configs["950"]: it is there twice, in lines 2 and 4; expected it once',
    ]);
    expect([...loaded.containers.keys()]).toEqual([951]);
  });

  test("of a key that stands twice the last one is looked at", () => {
    const [, error] = problemsOf({ 950: '"name": "a", "cores": 1,\n"cores": -1' });
    expect(error).toBe('4:10 error 950 $.lxc_configs["950"].cores: expected a whole number from 1 to 8192, got -1');
  });

  test("lxc_configs twice would hide containers", () => {
    const loaded = parse('{"lxc_configs": {},\n"lxc_configs": {}}');
    expect(loaded.problems.map(line)).toEqual(["2:1 error - $.lxc_configs: it is there twice, in lines 1 and 2; expected it once"]);
  });

  test("the same name stops all that have it, however it is written", () => {
    expect(problemsOf({ 950: '"name": "web"', 951: '"name": "Web"', 952: '"name": "db"' })).toEqual([
      '3:17 error 950 $.lxc_configs["950"].name: "web" is also the name of 951; expected a name of its own',
      '4:17 error 951 $.lxc_configs["951"].name: "Web" is also the name of 950; expected a name of its own',
    ]);
  });

  test("a cycle stops its members, and not who depends on them", () => {
    const loaded = parse(
      manifest({
        950: '"name": "a", "dependencies": ["951"]',
        951: '"name": "b", "clone_from_ctid": "952"',
        952: '"name": "c", "dependencies": [950], "template_snapshot_name": "base", "start_at_boot": false',
        953: '"name": "d", "dependencies": [950]',
      }),
    );
    expect(loaded.problems.filter(({ severity }) => severity === "error").map(line)).toEqual([
      '3:38 error 950 $.lxc_configs["950"].dependencies: it needs itself first: 950 -> 951 -> 952 -> 950',
      '4:41 error 951 $.lxc_configs["951"].clone_from_ctid: it needs itself first: 951 -> 952 -> 950 -> 951',
      '5:38 error 952 $.lxc_configs["952"].dependencies: it needs itself first: 952 -> 950 -> 951 -> 952',
    ]);
    expect([...loaded.containers.keys()]).toEqual([953]);
  });
});

describe("warnings", () => {
  test.each<[string, Record<string, string>, string[]]>([
    [
      "a number as text",
      { 950: '"name": "a", "cores": "4"' },
      ['3:31 warning 950 $.lxc_configs["950"].cores: expected a number, got "4"; taken as 4'],
    ],
    [
      "a yes-no as text",
      { 950: '"name": "a", "unprivileged": "false"' },
      ['3:38 warning 950 $.lxc_configs["950"].unprivileged: expected true or false, got "false"; taken as false'],
    ],
    [
      "a key twice",
      { 950: '"name": "a", "cores": 1, "cores": 2' },
      ['3:34 warning 950 $.lxc_configs["950"].cores: it is there twice, in lines 3 and 3; the last one counts'],
    ],
    [
      "both origins",
      { 900: '"name": "t", "template_snapshot_name": "base"', 950: '"name": "a", "template": "/t", "clone_from_ctid": "900"' },
      ['4:34 warning 950 $.lxc_configs["950"].template: it has clone_from_ctid as well, which counts; expected one of the two'],
    ],
    [
      "a clone of the unknown",
      { 950: '"name": "a", "clone_from_ctid": 900' },
      ['3:41 warning 950 $.lxc_configs["950"].clone_from_ctid: 900 is not in this file; it has to be on the host already'],
    ],
    [
      "a clone of no template",
      { 900: '"name": "t"', 950: '"name": "a", "clone_from_ctid": 900' },
      [
        '4:41 warning 950 $.lxc_configs["950"].clone_from_ctid: 900 has no template_snapshot_name, so there is no snapshot of it to clone from',
      ],
    ],
    [
      "a hardware address twice",
      {
        950: '"name": "a", "network_config": {"bridge": "b"}, "mac_address": "52:54:00:00:00:0a"',
        951: '"name": "b", "network_config": {"bridge": "b"}, "mac_address": "52:54:00:00:00:0A"',
      },
      ['4:72 warning 951 $.lxc_configs["951"].mac_address: 950 has the hardware address 52:54:00:00:00:0A too'],
    ],
    [
      "an address twice, and dhcp",
      {
        950: '"name": "a", "network_config": {"bridge": "b", "ip": "10.0.0.2/24"}',
        951: '"name": "b", "network_config": {"bridge": "b", "ip": "10.0.0.2/16"}',
        952: '"name": "c", "network_config": {"bridge": "b", "ip": "dhcp"}',
        953: '"name": "d", "network_config": {"bridge": "b", "ip": "dhcp"}',
      },
      ['4:62 warning 951 $.lxc_configs["951"].network_config.ip: 950 has the address 10.0.0.2 too'],
    ],
    [
      "a GPU for several at boot, once",
      {
        940: '"name": "x", "gpu_assignment": "0"',
        950: '"name": "a", "gpu_assignment": "0, 1"',
        951: '"name": "b", "gpu_assignment": 0',
        952: '"name": "c", "gpu_assignment": "none"',
      },
      [
        '4:40 warning 950 $.lxc_configs["950"].gpu_assignment: GPU 0 is given to 950 and 951, which all start at boot: they share its memory',
      ],
    ],
    [
      "an unknown dependency",
      { 950: '"name": "a", "dependencies": ["1002"]' },
      [
        '3:38 warning 950 $.lxc_configs["950"].dependencies: 1002 is not in this file; it has to be a container or virtual machine of the host',
      ],
    ],
    [
      "a dependency that is not there at boot",
      { 900: '"name": "t"', 950: '"name": "a", "dependencies": ["900"]', 940: '"name": "b", "dependencies": ["900"]' },
      ['5:38 warning 950 $.lxc_configs["950"].dependencies: it starts at boot and waits for 900, which does not start at boot'],
    ],
    [
      "an order against a dependency",
      {
        950: '"name": "a", "boot_order": 1, "dependencies": ["951", "952"]',
        951: '"name": "b", "boot_order": 2',
        952: '"name": "c"',
        953: '"name": "d", "dependencies": ["951"]',
      },
      [
        '3:36 warning 950 $.lxc_configs["950"].boot_order: 1 is before 951, which has 2, but it depends on 951; expected it not to be lower',
        '3:36 warning 950 $.lxc_configs["950"].boot_order: 1 is before 952, which has none and comes last, but it depends on 952; expected it not to be lower',
      ],
    ],
    [
      "a template at boot",
      { 949: '"name": "t", "template_snapshot_name": "base", "start_at_boot": true' },
      ['3:73 warning 949 $.lxc_configs["949"].start_at_boot: a template starts at boot: expected false'],
    ],
    [
      "a template at boot by its id",
      { 950: '"name": "t", "template_snapshot_name": "base"' },
      [
        '3:8 warning 950 $.lxc_configs["950"].start_at_boot: a template starts at boot: it has no start_at_boot and is counted in by its id; expected false',
      ],
    ],
    [
      "keys that are nearly known ones, where those are not given",
      {
        950: '"name": "a", "memory": 512, "bootOrder": 2, "network_config": {"bridge": "b", "ip": "dhcp", "nameserver": "10.0.0.1", "tag": 3}',
        951: '"name": "b", "memory_mb": 512, "memory": "as my script has it", "mount_points": [{"host_path": "/a", "container_path": "/b", "owneruid": 1}]',
      },
      [
        '3:32 warning 950 $.lxc_configs["950"].memory: Phoenix knows no such key, and leaves it to your scripts; did you mean memory_mb?',
        '3:50 warning 950 $.lxc_configs["950"].bootOrder: Phoenix knows no such key, and leaves it to your scripts; did you mean boot_order?',
        '3:115 warning 950 $.lxc_configs["950"].network_config.nameserver: Phoenix knows no such key, and leaves it to your scripts; did you mean nameservers?',
        '4:146 warning 951 $.lxc_configs["951"].mount_points[0].owneruid: Phoenix knows no such key, and leaves it to your scripts; did you mean owner_uid?',
      ],
    ],
    [
      "keys without effect",
      { 950: '"name": "a", "mac_address": "52:54:00:00:00:0a", "timeout_s": 5' },
      [
        '3:37 warning 950 $.lxc_configs["950"].mac_address: it has no effect without network_config',
        '3:71 warning 950 $.lxc_configs["950"].timeout_s: it has no effect without application_script',
      ],
    ],
  ])("%s", (_, containers, problems) => {
    const loaded = parse(manifest(containers));
    expect(loaded.problems.map(line)).toEqual(problems);
    expect(loaded.containers.size).toBe(Object.keys(containers).length);
  });

  test.each<[string, string]>([
    ["unknown keys", '"name": "a", "vllm_port": 8000, "__proto__": {"x": 1}, "toString": null'],
    ["null and empty texts", '"name": "a", "application_script": "", "cores": null, "network_config": {"bridge": "b", "gw": ""}'],
    ["ids as numbers or texts", '"name": "a", "clone_from_ctid": "951", "dependencies": ["951"]'],
    ["spaces in options", '"name": "a", "lxc_options": ["lxc.a = b", "lxc.c: d"]'],
  ])("there is none for %s", (_, keys) => {
    expect(
      problemsOf({ 950: keys, 951: '"name": "b", "template_snapshot_name": "base", "start_at_boot": true' }).filter((text) =>
        text.includes(" 950 "),
      ),
    ).toEqual([]);
  });
});

describe("a file", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "phoenix-manifest-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  test("that can't be read is a problem, not an exception", () => {
    const { problems } = loadManifest(join(folder, "none.json"), options);
    expect(problems.map(line)).toEqual([
      "0:0 error - $: there is no such file, expected the manifest there; it is named by the setting manifest",
    ]);
    expect(loadManifest(folder, options).problems.map(line)).toEqual(["0:0 error - $: it can't be read: it is a folder, expected a file"]);
  });

  test("of 50 MB is refused before it is read", () => {
    const file = join(folder, "large.json");
    writeFileSync(file, "");
    truncateSync(file, 50_000_000);
    expect(loadManifest(file, options).problems.map(line)).toEqual(["0:0 error - $: it has 50000000 bytes, expected at most 16777216"]);
  });
});

test("whatever stands in it, nothing is thrown and every problem has its place", () => {
  const keys = fc.constantFrom(...Object.keys(containerShape.shape), "unknown", "__proto__");
  const sections = fc.dictionary(fc.constantFrom("900", "950", "951", "x"), fc.oneof(fc.dictionary(keys, fc.jsonValue()), fc.jsonValue()));
  fc.assert(
    fc.property(sections, fc.dictionary(fc.string(), fc.jsonValue()), (lxc_configs, top) => {
      const loaded = parse(JSON.stringify({ ...top, lxc_configs }));
      for (const { line: at, column, path } of loaded.problems) expect([at, column > 0, path.startsWith("$")]).toEqual([1, true, true]);
      for (const ctid of loaded.containers.keys()) expect(loaded.broken.has(ctid)).toBe(false);
    }),
    { numRuns: 300 },
  );
});

test("a thousand containers with a problem each are read in a moment", () => {
  const many = Object.fromEntries(
    Array.from({ length: 1000 }, (_, index) => [
      1000 + index,
      `"name": "c${index}", "cores": "2", "dependencies": ["${1000 + ((index * 7) % 1000)}"]`,
    ]),
  );
  const loaded = parse(manifest(many));
  expect(loaded.containers.size + loaded.broken.size).toBe(1000);
});

describe("the users' file", () => {
  const file = join(import.meta.dirname, "../../../shared/data/phoenix_lxc_configs.json");

  test("loads whole, with one warning that is true", () => {
    if (!existsSync(file)) return console.warn(`not tried: ${file} is not on this machine`);
    const { containers, broken, problems, top } = loadManifest(file, options);
    expect([...containers.keys()]).toEqual([900, 901, 902, 903, 910, 920, 950, 951, 952, 953, 954, 955, 956, 957, 960]);
    expect(broken.size).toBe(0);
    expect(Object.keys(top)).toEqual(["$schema", "nvidia_driver_version", "nvidia_repo_url", "nvidia_runfile_url"]);
    expect(problems.map(line)).toEqual([
      '198:31 warning 950 $.lxc_configs["950"].gpu_assignment: GPU 0 is given to 950, 951 and 955, which all start at boot: they share its memory',
    ]);
  });
});
