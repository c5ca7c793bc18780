import type { RunEvent__Output, Run__Output } from "../../../proto/types.ts";
import { endingOf } from "../../../src/ctl/render/ending.ts";
import { liveRun } from "../../../src/ctl/render/live.ts";
import { columns } from "../../../src/ctl/render/text.ts";
import { plainLines } from "../../../src/ctl/render/plain.ts";
import { seen, viewOf, type RunView } from "../../../src/ctl/render/view.ts";
import type { HostName } from "../../../src/ctl/render/words.ts";
import { expectGolden, onScreen, scenes } from "../support/golden.ts";
import { toTimestamp } from "../../../proto/time.ts";
import {
  ended,
  event,
  finished,
  letsgoSteps,
  lookAt,
  noon,
  plan,
  printed,
  pve1,
  run,
  simulated,
  started,
  stepBy,
} from "../support/samples.ts";

const beginning = [
  event(0, "created", {}),
  event(0, "started", {}),
  started(0, stepBy("preflight")),
  finished(0.1, "preflight", 0.04, "restore point pre-configured of 2026-11-20T17:15:00Z, on btrfs"),
  started(0.1, stepBy("restore")),
  finished(0.3, "restore", 0.2, "2 mounts kept out of it: /models (bind), /data (32 G)"),
  started(0.3, stepBy("settings")),
  finished(0.4, "settings", 0.1),
  started(0.4, stepBy("start")),
  finished(1.3, "start", 0.9),
  started(1.3, stepBy("ready")),
  finished(3.4, "ready", 2.1, "network up, systemd running"),
  started(3.4, stepBy("application")),
  printed(20, "application", "Loading safetensors checkpoint shards:   0% Completed | 0/4\n"),
  printed(
    70,
    "application",
    "\x1b[32mLoading\x1b[0m safetensors checkpoint shards:  75% Completed | 3/4\r\nINFO \x1b]0;title\x07Memory profiling results: \u8bb0\u5fc6\u5206\u6790\u7ed3\u679c, taking rather more columns than there are\n",
  ),
];

const success = [
  ...beginning,
  finished(103, "application", 99.6, "exit code 0"),
  started(103, stepBy("health")),
  finished(108, "health", 5),
  started(108, stepBy("snapshot.final-form")),
  finished(108.3, "snapshot.final-form", 0.3, "taken 2026-11-23T13:03:00Z"),
  started(108.3, stepBy("running")),
  finished(108.4, "running", 0.1),
  event(108.5, "finished", { run: ended(112) }),
];

const failedRun = ended(27, {
  state: "RUN_STATE_FAILED",
  outcome: "The container is back at its last final-form of 2026-11-20T17:22:00Z, and running.",
  failure: { reason: "EXIT_CODE", message: "exit code 3 after 14 s", remedy: "", step: "application" },
});

const failure = [
  ...beginning.slice(0, -1),
  printed(16, "application", "Traceback (most recent call last):\nModuleNotFoundError: No module named 'vllm'"),
  event(17, "step_failed", { step: "application", failure: failedRun.failure, duration_ms: 13_600, retried: false }),
  started(17, stepBy("undo.restore"), 1, true),
  finished(20, "undo.restore", 2.6),
  started(20, stepBy("undo.start"), 1, true),
  finished(23, "undo.start", 3, "running, healthy"),
  event(23, "finished", { run: failedRun }),
];

function viewAfter(events: readonly RunEvent__Output[], of: Run__Output = run(), host: HostName = pve1): RunView {
  return events.reduce(seen, viewOf(of, host));
}

/** Every event with the frame after it; two seconds of clock beyond, so that the spinner's step has some time. */
function film(events: readonly RunEvent__Output[], host: HostName, from = 0): string {
  const frames = events.map((each, index): readonly [string, string] => {
    const look = lookAt(((each.at?.seconds ?? 0) * 1000 + (each.at?.nanos ?? 0) / 1e6 - noon) / 1000 + 2);
    return [`${each.event}`, onScreen(liveRun(viewAfter(events.slice(0, index + 1), run(), host), null, look), look)];
  });
  const look = lookAt(120);
  const last = events.at(-1)?.finished?.run;
  return scenes([
    ...frames.slice(from),
    ["what is true now", last ? onScreen(endingOf(last, host, look), { ...look, width: Infinity }) : ""],
  ]);
}

test("a letsgo that succeeds, frame by frame", () => {
  expectGolden("live-letsgo", film(success, pve1));
});

test("a letsgo that fails and is brought back, on a simulated host", () => {
  expectGolden("live-failure", film(failure, simulated, -8));
});

test("the same without a terminal: a line an event", () => {
  const lines = (events: readonly RunEvent__Output[], host: HostName) =>
    events.flatMap((each, index) => plainLines(viewAfter(events.slice(0, index), run(), host), each, lookAt(0))).join("\n");
  expectGolden(
    "plain-lines",
    scenes([
      ["done", lines(success, pve1)],
      ["failed, simulated", lines(failure, simulated)],
    ]),
  );
});

test("what else can happen on the way", () => {
  const look = lookAt(80);
  const frame = (events: readonly RunEvent__Output[], lost: number | null = null, width = 80) =>
    onScreen(liveRun(viewAfter(events), lost, { ...look, width }), { ...look, width });
  const retry = event(2, "step_failed", {
    step: "start",
    failure: { reason: "CONFIG_LOCK_TIMEOUT", message: "the configuration is locked", remedy: "", step: "start" },
    duration_ms: 900,
    retried: true,
  });
  const resumed = event(30, "resumed", {
    away_since: toTimestamp(noon + 26_000),
    step: "application",
    decision: "the script is run again from pre-configured",
  });
  const timed = run({ plan: plan({ steps: letsgoSteps.map((each) => ({ ...each, estimate_s: each.id === "application" ? 100 : 0.4 })) }) });
  expectGolden(
    "live-trouble",
    scenes([
      ["before it begins", frame([])],
      ["connection lost", frame(beginning, noon + 76_000)],
      ["cancel asked for", frame([...beginning, event(75, "cancel_requested", {})])],
      ["taken up again by the agent", frame([...beginning, resumed])],
      ["a step that is going to be tried again", frame([...beginning.slice(0, 9), retry])],
      ["its second attempt", frame([...beginning.slice(0, 9), retry, started(78, stepBy("start"), 2)])],
      ["a step that past runs tell the time of", onScreen(liveRun(viewAfter(beginning, timed), null, look), look)],
      [
        "the end of a run whose agent was away",
        onScreen(endingOf(ended(112, { away_ms: 40_000, platform_ms: 71_980 }), pve1, look), { ...look, width: Infinity }),
      ],
      ["on 8 rows", onScreen(liveRun(viewAfter(beginning), null, { ...look, height: 8 }), look)],
      ["on 44 columns", frame(beginning, null, 44)],
    ]),
  );
});

test("no line of any frame is wider than the terminal, and nothing of a script's control sequences is left", () => {
  for (const width of [20, 33, 44, 80, 100, 200]) {
    const look = lookAt(80, { width });
    for (let index = 0; index <= success.length; index += 1) {
      const screen = onScreen(liveRun(viewAfter(success.slice(0, index)), null, look), look);
      expect(Math.max(...screen.split("\n").map(columns))).toBeLessThanOrEqual(width);
      expect(screen).not.toMatch(/[\p{Cc}--\n]/v);
    }
  }
});
