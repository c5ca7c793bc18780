import type { RunEvent__Output as RunEvent } from "../../../proto/types.ts";
import type { RunView } from "../render/view.ts";

/** Views by the order in which their runs are done. */
export type Views = readonly RunView[];

/** How runs are shown while they are watched. Where a method has nothing to do, nothing is shown. */
export interface Show {
  /** Something was seen; `before` is the run's view without it. */
  readonly event: (before: RunView, event: RunEvent, views: Views) => void;
  /** The connection broke at that time, or stands again (null). */
  readonly connection: (lostSince: number | null, views: Views) => void;
  /** Nothing more is going to be shown of the way. Called once, also when the user has interrupted. */
  readonly stop: (views: Views) => void;
  /** Every run has ended. */
  readonly end: (views: Views) => Promise<void>;
}
