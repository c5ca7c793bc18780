/** When something is to be done, again and again. */
export interface Schedule {
  readonly name: string;
  /** Five fields, minutes first, or six, seconds first. */
  readonly cron: string;
  /** An IANA name, for example "Europe/Berlin". */
  readonly time_zone: string;
  /** A firing that was missed is made up for when it is at most so many seconds late. */
  readonly catch_up_s: number;
}

/** One time at which a schedule was due. */
export interface Firing {
  readonly schedule: string;
  /** When it was due, milliseconds since 1970. */
  readonly at: number;
  /** The same each time that this firing is begun: an agent that was cut off in between begins it again. */
  readonly request_id: string;
}

/** What is remembered of a schedule. Times are milliseconds since 1970. */
export interface Seen {
  /** The rule that the times below are of. */
  readonly rule: string;
  /** All firings up to here have been seen to. */
  readonly until: number;
  /** The newest firing that was begun; null when there was none. */
  readonly fired: number | null;
  /** The newest firing that nobody began because it was found too late; null when there was none. */
  readonly missed: number | null;
}

/** Where schedules are remembered, by a key of the caller's. Each call is one transaction that is on disk when it returns, and throws Fault STORE. */
export interface ScheduleBook {
  /** null when nothing is known of it. */
  readonly seen: (key: string) => Seen | null;
  readonly see: (key: string, seen: Seen) => void;
  /** When it was paused; null when it is not. */
  readonly paused: (key: string) => number | null;
  /** Pauses it, or, with null, resumes it. */
  readonly pause: (key: string, at: number | null) => void;
}
