import type { Clock } from "../domain/clock.ts";
import { Fault } from "../domain/errors.ts";
import type { Events } from "../domain/event.ts";
import type { Plan } from "../domain/plan.ts";
import type { RunId } from "../domain/run.ts";
import type { Action, BlobHash, Step } from "../domain/step.ts";
import type { Call, Driver, Output } from "../driver/driver.ts";
import { lostText, stillHeld } from "../plan/gpu-memory.ts";
import { blockers } from "../plan/preflight.ts";
import { subjectOf } from "../plan/subject.ts";
import type { World } from "../plan/world.ts";
import { probeCommand } from "./probe.ts";

/** What a step is done with. */
export interface Tools {
  readonly run: RunId;
  readonly plan: Plan;
  readonly step: Step;
  readonly driver: Driver;
  readonly clock: Clock;
  readonly call: Call;
  readonly output: Output & { readonly last: () => string };
  readonly world: () => Promise<World>;
  readonly events: Events;
  /** When this step was begun for the first time, maybe in an earlier life of the agent; milliseconds since 1970. */
  readonly begun: () => number;
  readonly blob: (hash: BlobHash) => Uint8Array;
}

/** Where application scripts find themselves, as users' scripts expect it (facts/original.md). */
const runFolder = "/tmp/phoenix_run";
const featureFolder = "/tmp/phoenix_feature";
/** A container that comes up is asked again after so many milliseconds. */
const firstLook = 15;
const longestLook = 1000;
/** Between these, after this share of the time that it has been waited for: no wait is longer than it needs to be by more than that. */
const lookShare = 0.1;
/** Twice what the last look took is kept for the next one, but no more than this: a command of the user's may wait long by itself. */
const longLook = 2000;
/** GPU memory that is to come back is looked for again after so many milliseconds. */
const memoryLook = 1000;

/** Does a step. Gives a few words about what came of it; throws a Fault when it could not be done. */
export async function act(tools: Tools): Promise<string> {
  const { driver, call, plan, step } = tools;
  const { ctid } = plan.request;
  const { action } = step;
  switch (action.do) {
    case "preflight":
      return preflight(tools);
    case "create":
      return said(driver.create(ctid, action, call));
    case "destroy":
      return said(driver.destroy(ctid, call));
    case "configure":
      return listed(await driver.configure(ctid, action.settings, call), step.detail);
    case "attach":
      return listed(await driver.attach(ctid, action, call), step.detail);
    case "wait":
      return wait(tools, action);
    case "await":
      return awaitOutsider(tools, action);
    case "start":
      return said(driver.start(ctid, call));
    case "ready":
      return ready(tools, action);
    case "stop":
      return stop(tools, action);
    case "memory-back":
      return memoryBack(tools, action);
    case "feature":
      return feature(tools, action);
    case "application":
      return application(tools, action);
    case "health":
      return health(tools, action);
    case "snapshot":
      return said(driver.snapshot(ctid, action, call));
    case "restore":
      return said(driver.restore(ctid, action.name, call));
    case "delete-snapshot":
      return said(driver.deleteSnapshot(ctid, action.name, call));
  }
}

type Of<D extends Action["do"]> = Extract<Action, { do: D }>;

async function said(done: Promise<void>): Promise<string> {
  await done;
  return "";
}

function listed(changed: readonly string[], detail: string): string {
  return changed.length === 0 ? "as they were" : detail;
}

/** Looks once more right before the first change: time has passed since the plan was made. */
async function preflight({ plan, world }: Tools): Promise<string> {
  const now = await world();
  const alone = { ...now, active: new Map<number, string>() };
  const found = blockers(subjectOf(plan.request.ctid, alone), plan.request, plan.steps);
  const first = found[0];
  if (first === undefined) return "";
  throw new Fault(first.reason, found.map(({ message }) => message).join("; "), found.map(({ remedy }) => remedy).join("; "));
}

/** Waits what is left: time that has passed while the agent was away counts. */
async function wait({ clock, call, begun }: Tools, { seconds }: Of<"wait">): Promise<string> {
  const passed = Math.max(0, clock.now() - begun());
  await clock.sleep(Math.max(0, seconds * 1000 - passed), call.signal);
  return "";
}

async function awaitOutsider({ driver, clock, call, step }: Tools, { id }: Of<"await">): Promise<string> {
  const began = clock.elapsed();
  for (;;) {
    const { machines, containers } = await driver.observe();
    if (machines.get(id) === "running" || containers.get(id)?.state === "running") return "";
    const waited_s = Math.round((clock.elapsed() - began) / 1000);
    if (waited_s >= step.timeout_s - 1) {
      throw new Fault("DEPENDENCY", `${id} does not run after ${waited_s} s of waiting`, `start ${id}, which Phoenix does not do`);
    }
    await clock.sleep(longestLook, call.signal);
  }
}

async function ready(tools: Tools, action: Of<"ready">): Promise<string> {
  const { clock } = tools;
  const began = clock.elapsed();
  for (;;) {
    const asked = clock.elapsed();
    const code = await tools.driver.exec(
      tools.plan.request.ctid,
      { argv: probeCommand(action.probe), env: {}, stdin: "none", output: tools.output },
      tools.call,
    );
    if (code === 0) return "";
    const now = clock.elapsed();
    const waited = now - began;
    const pause = Math.min(Math.max(firstLook, waited * lookShare), longestLook);
    // One more look that the step's own limit cuts off would leave TIMEOUT as the last word, which says less.
    if (waited + pause + Math.min(2 * (now - asked), longLook) > tools.step.timeout_s * 1000)
      throw new Fault(
        "NOT_READY",
        `it runs, and was not ready after ${Math.round(waited / 1000)} s (${tools.step.detail})`,
        `look inside: phoenixctl exec ${tools.plan.request.ctid} -- COMMAND`,
      );
    await clock.sleep(pause, tools.call.signal);
  }
}

async function stop({ driver, plan, call }: Tools, action: Of<"stop">): Promise<string> {
  const { ctid } = plan.request;
  try {
    await driver.stop(ctid, action, call);
    return "";
  } catch (error) {
    const ignored = action.how === "graceful" && error instanceof Fault && error.failure.reason === "TIMEOUT" && !call.signal.aborted;
    if (!ignored) throw error;
    await driver.stop(ctid, { how: "kill" }, call);
    return `did not shut down within ${action.timeout_s} s, and was stopped`;
  }
}

/** Memory that does not come back is no reason for the run to fail, but everybody who looks should see it. */
async function memoryBack({ world, clock, call, plan, run, events }: Tools, { held, within_s }: Of<"memory-back">): Promise<string> {
  const { ctid } = plan.request;
  const began = clock.elapsed();
  for (;;) {
    const { seen } = (await world()).gpu;
    const lost = seen.known ? stillHeld(ctid, held, seen.gpus) : [];
    if (seen.known && lost.length === 0) return "";
    if (clock.elapsed() - began >= within_s * 1000) {
      if (!seen.known) return `nobody knows whether it came back: ${seen.why}`;
      const text = `${lostText(lost)} did not come back within ${within_s} s`;
      const remedy = lost.some(({ processes }) => processes.length > 0) ? "end what holds it" : "restart the host, or reset the GPU";
      call.note(`${text}; ${remedy}`);
      events.say({ kind: "gpu.memory-held", level: "error", ctid, run, message: `${ctid} was stopped, and ${text}` });
      return `warning: ${text}`;
    }
    await clock.sleep(memoryLook, call.signal);
  }
}

async function feature(tools: Tools, action: Of<"feature">): Promise<string> {
  const { driver, call, output, plan } = tools;
  const { ctid } = plan.request;
  const content = tools.blob(action.blob);
  if (action.where === "host") {
    const code = await driver.runOnHost(ctid, { name: action.file, content }, { env: environment(tools), output }, call);
    return exited(code, action.file);
  }
  const script = { folder: featureFolder, files: [{ name: action.file, content, mode: 0o700 }], main: action.file };
  return exited(await driver.runInside(ctid, script, { env: environment(tools), output }, call), action.file);
}

async function application(tools: Tools, action: Of<"application">): Promise<string> {
  const files = action.files.map(({ name, blob, mode }) => ({ name, mode, content: tools.blob(blob) }));
  const { driver, call, output, plan } = tools;
  const script = { folder: runFolder, files, main: action.script };
  const code = await driver.runInside(plan.request.ctid, script, { env: environment(tools), output }, call);
  return exited(code, action.script);
}

function environment({ plan, run }: Tools): Readonly<Record<string, string>> {
  return { PHOENIX_CTID: String(plan.request.ctid), PHOENIX_NAME: plan.name, PHOENIX_RUN_ID: run };
}

function exited(code: number, file: string): string {
  if (code === 0) return "";
  throw new Fault("EXIT_CODE", `${file} ended with exit code ${code}`);
}

async function health(tools: Tools, action: Of<"health">): Promise<string> {
  const { driver, plan, output, call, clock } = tools;
  for (let attempt = 1; ; attempt++) {
    const code = await driver.exec(
      plan.request.ctid,
      { argv: ["sh", "-c", action.command], env: environment(tools), stdin: "none", output },
      call,
    );
    if (code === 0) return attempt === 1 ? "healthy" : `healthy at attempt ${attempt}`;
    if (attempt >= action.retries) {
      const last = output.last();
      const words = last === "" ? "" : `, and last said: ${last}`;
      throw new Fault(
        "UNHEALTHY",
        `${action.command} ended with exit code ${code} ${attempt} times${words}`,
        `look inside: phoenixctl exec ${tools.plan.request.ctid} -- COMMAND`,
      );
    }
    await clock.sleep(action.interval_s * 1000, call.signal);
  }
}
