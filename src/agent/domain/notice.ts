import type { RunId } from "./run.ts";

/** Something that the owner is to be told outside of Phoenix: what is sent is the same each time, so that who gets it twice knows it again. */
export interface Notice {
  readonly id: string;
  readonly run: RunId;
  /** When that happened, milliseconds since 1970. */
  readonly at: number;
  readonly body: string;
}

/** A notice that has not arrived. */
export interface WaitingNotice extends Notice {
  /** How often it was tried. */
  readonly attempts: number;
  /** Not before this time, milliseconds since 1970. */
  readonly next: number;
}

/** Where notices are kept until they have arrived. Each call is one transaction that is on disk when it returns, and throws Fault STORE. */
export interface NoticeBook {
  /** The event from which on notices are to be made; null: nobody wants any so far. */
  readonly from: () => number | null;
  /** Writes notices down, in the order of their delivery, and that notices are made of everything before `next`. */
  readonly add: (notices: readonly Notice[], next: number) => void;
  /** The one that has to arrive first. */
  readonly first: () => WaitingNotice | null;
  readonly retry: (id: string, next: number) => void;
  /** It has arrived, or was given up. */
  readonly drop: (id: string) => void;
  /** How many wait, and since when the oldest of them does; null when none does. */
  readonly waiting: () => { readonly count: number; readonly since: number | null };
  /** Nobody wants any more: forgets all of them, and where it was. Gives how many there were. */
  readonly end: () => number;
}
