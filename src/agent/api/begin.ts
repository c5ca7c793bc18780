import type { Run__Output } from "../../../proto/index.ts";
import type { Wish } from "../run/orchestrator.ts";
import { toRun } from "./convert-run.ts";
import { Refusal } from "./errors.ts";
import type { Parts } from "./parts.ts";
import { ctid, demand, requestId, type Complaint } from "./validate.ts";

/** What the requests that change one container have in common. */
export interface Begin {
  readonly request_id: string;
  readonly ctid: number;
  readonly wait: boolean;
}

/** Begins a run on one container, once the request has been found to be in order. */
export async function begin(
  parts: Parts,
  request: Begin,
  wish: Wish,
  ...complaints: readonly Complaint[]
): Promise<{ run: Run__Output; before: Run__Output[] }> {
  demand(requestId(request.request_id), ctid(request.ctid), ...complaints);
  const { orchestrator, driver } = parts;
  const { runs, refused } = await orchestrator.start(request.request_id, wish, [request.ctid], request.wait ? "queue" : "refuse");
  const all = runs.map((run) => ({ ctid: run.plan.request.ctid, run: toRun(run, driver.platform, orchestrator.estimate(run.plan)) }));
  const own = all.find(({ ctid: of }) => of === request.ctid);
  if (own === undefined) throw new Refusal(refused);
  return { run: own.run, before: all.filter((each) => each !== own).map(({ run }) => run) };
}
