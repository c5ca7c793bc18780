import { createHook } from "node:async_hooks";
import { symlinkSync } from "node:fs";
import { readGpus } from "../../src/agent/gpu/nvidia-smi.ts";
import { parseReadings } from "../../src/agent/gpu/readings.ts";
import { standIn, twoGpus, type StandIn } from "./support.ts";

const patient = 60_000;
let smi: StandIn;
beforeEach(() => {
  smi = standIn(twoGpus, ["4711, GPU-aaaa, /usr/bin/python3, 13722", "4712, GPU-aaaa, ollama, [N/A]"]);
});
afterEach(() => smi.dispose());

const all = {
  known: true,
  gpus: [
    { index: 0, uuid: "GPU-aaaa", model: "NVIDIA GeForce RTX 5060 Ti", used_mib: 15462, total_mib: 16384, utilization_percent: 37 },
    { index: 1, uuid: "GPU-bbbb", model: "NVIDIA GeForce RTX 5060 Ti", used_mib: 3, total_mib: 16384, utilization_percent: null },
  ],
  processes: [
    { gpu: "GPU-aaaa", pid: 4711, used_mib: 13722, program: "/usr/bin/python3" },
    { gpu: "GPU-aaaa", pid: 4712, used_mib: null, program: "ollama" },
  ],
};

test("says what nvidia-smi says, and null where that says nothing", async () => {
  expect(await readGpus(smi.path, patient)).toEqual(all);
});

test("waits for one that is slow", async () => {
  smi.fails("slow");
  expect(await readGpus(smi.path, patient)).toEqual(all);
});

test.each([
  ["garbage", "nvidia-smi said something that can't be read: Segmentation fault?"],
  ["mismatch", "exited with 18: Failed to initialize NVML: Driver/library version mismatch; NVML library version: 580.95"],
  ["unloaded", "exited with 9: NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."],
] as const)("knows nothing after %s, and says why", async (mode, why) => {
  smi.fails(mode);
  expect(await readGpus(smi.path, patient)).toEqual({ known: false, why: expect.stringContaining(why) as unknown });
});

test("gives one up that hangs", async () => {
  smi.fails("hang");
  expect(await readGpus(smi.path, 100)).toEqual({ known: false, why: `${smi.path} did not answer within 0.1 s` });
});

test.each(["/nowhere/nvidia-smi", "/dev/null/nvidia-smi", "no-such-nvidia-smi"])(
  "knows nothing where there is no %s, and starts nothing",
  async (file) => {
    expect(await spawnsOf(() => readGpus(file, patient))).toEqual([0, { known: false, why: `there is no program ${file}` }]);
  },
);

test("one that is by a name in PATH is found, and started", async () => {
  expect(await spawnsOf(() => readGpus("true", patient))).toEqual([2, { known: true, gpus: [], processes: [] }]);
});

test("one that comes later is found when it is there", async () => {
  const late = `${smi.path}.late`;
  expect(await readGpus(late, patient)).toMatchObject({ known: false });
  symlinkSync(smi.path, late);
  expect(await readGpus(late, patient)).toEqual(all);
});

/** How many programs Node has tried to start meanwhile, and what came of it. */
async function spawnsOf<T>(work: () => Promise<T>): Promise<readonly [number, T]> {
  let count = 0;
  const hook = createHook({ init: (_id, type) => void (count += type === "PROCESSWRAP" ? 1 : 0) }).enable();
  try {
    const found = await work();
    return [count, found];
  } finally {
    hook.disable();
  }
}

test("a host without GPUs or processes is known to have none", () => {
  expect(parseReadings("", "\n")).toEqual({ known: true, gpus: [], processes: [] });
});

test.each([
  ["x, GPU-a, 1, 2, 3, Model", ""],
  ["0, a, 1, 2, 3, Model", ""],
  ["0, GPU-a, 1 MiB, 2, 3, Model", ""],
  ["0, GPU-a, 1, 2, 3", ""],
  ["", "GPU-a, 12, , sh"],
  ["", "GPU-a, twelve, 1, sh"],
  ["", "GPU-a, 12, 1"],
])("one line that is not as documented makes all unknown: %j, %j", (gpus, processes) => {
  expect(parseReadings(`0, GPU-z, 1, 2, 3, Model\n${gpus}`, `GPU-z, 1, 1, sh\n${processes}`)).toMatchObject({ known: false });
});

test("a program may have a comma in its name", () => {
  expect(parseReadings("", "GPU-a, 1, 2, a, b")).toMatchObject({ processes: [{ program: "a, b" }] });
});

test("a model may have a comma in its name", () => {
  expect(parseReadings("0, GPU-a, 1, 2, 3, Model, the other", "")).toMatchObject({ gpus: [{ model: "Model, the other" }] });
});
