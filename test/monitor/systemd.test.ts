import { pino } from "pino";
import { serviceManager } from "../../src/agent/monitor/systemd.ts";

const log = pino({ level: "silent" });

/** A service manager that hears what it is told; `deaf` is one that can't be reached. */
function manager(env: Readonly<Record<string, string>>, deaf: Error | null = null) {
  const heard: { argv: readonly string[]; socket: string | undefined }[] = [];
  const run = (argv: readonly string[], more: Readonly<Record<string, string>>) => {
    heard.push({ argv, socket: more["NOTIFY_SOCKET"] });
    return deaf === null ? Promise.resolve() : Promise.reject(deaf);
  };
  return { ...serviceManager({ env, run, log }), heard };
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

test("outside of a service nobody is told anything", async () => {
  const { ready, stopping, heard } = manager({});
  await ready("up");
  await stopping();
  expect(heard).toEqual([]);
});

test("in a service it is said when the agent is up, that it lives twice in the watchdog's time, and when it ends", async () => {
  const { ready, stopping, heard } = manager({ NOTIFY_SOCKET: "/run/notify", WATCHDOG_USEC: "60000000" });
  await ready("driver lxc");
  jest.advanceTimersByTime(60_000);
  await stopping();
  jest.advanceTimersByTime(600_000);
  expect(heard.map(({ argv }) => argv)).toEqual([
    ["systemd-notify", "READY=1", "STATUS=driver lxc"],
    ["systemd-notify", "WATCHDOG=1"],
    ["systemd-notify", "WATCHDOG=1"],
    ["systemd-notify", "STOPPING=1"],
  ]);
  expect(new Set(heard.map(({ socket }) => socket))).toEqual(new Set(["/run/notify"]));
});

test("a service without a watchdog is not told that the agent lives", async () => {
  const { ready, heard } = manager({ NOTIFY_SOCKET: "/run/notify" });
  await ready("driver lxc");
  jest.advanceTimersByTime(600_000);
  expect(heard).toHaveLength(1);
});

test("an agent goes on when the service manager can't be told", async () => {
  const { ready, stopping } = manager({ NOTIFY_SOCKET: "/run/notify" }, new Error("no such program"));
  await expect(ready("up")).resolves.toBeUndefined();
  await expect(stopping()).resolves.toBeUndefined();
});
