import { counts, failedInFull, liveBatch, type Batch } from "../../../src/ctl/render/batch.ts";
import { seen, viewOf, type RunView } from "../../../src/ctl/render/view.ts";
import { onScreen, scenes } from "./golden.ts";
import { ended, event, lookAt, printed, run, simulated, started, stepBy } from "./samples.ts";

/** Five runs in different states, as they stand after twenty seconds and when all has ended. */
export function batchRows(): string {
  const failure = { reason: "EXIT_CODE", message: "exit code 3", remedy: "", step: "application" };
  const begun = (view: RunView) =>
    [event(0, "started", {}), started(2, stepBy("application")), printed(9, "application", "Unpacking…\n")].reduce(seen, view);
  const failing = seen(
    begun(viewOf(run({ ctid: 955, name: "ollama" }), simulated)),
    event(15, "step_failed", { step: "application", failure, duration_ms: 12_000, retried: false }),
  );
  const under = [
    seen(viewOf(run(), simulated), event(12, "finished", { run: ended(12) })),
    begun(viewOf(run({ ctid: 953, name: "Nginx-数据库" }), simulated)),
    seen(failing, started(16, stepBy("undo.restore"), 1, true)),
    viewOf(run({ ctid: 100_956, name: "a name that is longer than anybody would like" }), simulated),
  ];
  const end = under.map((view, index) => {
    const more =
      index === 2
        ? ({ state: "RUN_STATE_FAILED", failure, outcome: "The container is back at its last final-form, and running." } as const)
        : {};
    const state =
      index === 3
        ? ({ state: "RUN_STATE_SKIPPED", outcome: "955 failed, which it depends on. Nothing was changed.", started_at: null } as const)
        : {};
    return seen(view, event(30, "finished", { run: ended(30, { ctid: view.run.ctid, name: view.run.name, ...more, ...state }) }));
  });
  const look = lookAt(20);
  return scenes([
    ["under way", onScreen(liveBatch(batch(under), look), look)],
    ["the connection is lost", onScreen(liveBatch({ ...batch(under), lost: new Map([["pve1 (sim)", look.now - 3000]]) }, look), look)],
    ["on a terminal of 5 rows, six runs", onScreen(liveBatch(batch([...under, ...under.slice(0, 2)]), { ...look, height: 5 }), look)],
    ["ended", onScreen([...liveBatch(batch(end), look), ...failedInFull(end, look)], look)],
    ["counts", counts(end, 1, 0, ["pve1 (sim)"])],
  ]);
}

function batch(views: readonly RunView[]): Batch {
  return { views, asked: [], lost: new Map() };
}
