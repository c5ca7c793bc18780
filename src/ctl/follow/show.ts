import type { RunEvent__Output as RunEvent } from "../../../proto/types.ts";
import type { Complaint } from "../complaint.ts";
import type { Asked } from "../render/batch.ts";
import type { RunView } from "../render/view.ts";
import type { HostName } from "../render/words.ts";
import type { Refused } from "./refused.ts";

/** What was asked for and may not begin, and where. */
export interface RefusedThere extends Refused {
  readonly host: HostName;
}

/** A host that could not be asked for its runs. */
export interface NotBegun extends Asked {
  readonly complaint: Complaint;
}

/** Everything that was asked for, as it stands; by the order in which it was asked for. */
export interface Stage {
  readonly views: readonly RunView[];
  readonly refused: readonly RefusedThere[];
  readonly notBegun: readonly NotBegun[];
  /** Hosts that have not answered yet. */
  readonly asked: readonly Asked[];
}

/** How runs are shown while they are watched. Where a method has nothing to do, nothing is shown. */
export interface Show {
  /** Something was seen; `before` is the run's view without it. */
  readonly event: (before: RunView, event: RunEvent) => void;
  /** A host has answered that these may not begin. */
  readonly refused: (refused: readonly RefusedThere[]) => void;
  /** A host could not be asked. */
  readonly notBegun: (host: NotBegun) => void;
  /** The connection to a host broke at that time, or stands again (null). */
  readonly connection: (host: HostName, lostSince: number | null) => void;
  /** Nothing more is going to be shown of the way. Called once, also when the user has interrupted. */
  readonly stop: () => void;
  /** Every run has ended. */
  readonly end: () => Promise<void>;
}
