type Say = (fields: Readonly<Record<string, unknown>>, message: string) => void;

/**
 * Where the agent says what it does. Fields are run, ctid, step and the like; what they and messages hold of secrets is struck.
 * info is what is done and changed; debug every call of the driver and of the contract, and how it ended; trace what each was called with.
 */
export interface Log {
  readonly trace: Say;
  readonly debug: Say;
  readonly info: Say;
  readonly warn: Say;
  readonly error: Say;
}

/** The same log with these fields on every line: of a run, for example, its id and its container. */
export function about(log: Log, subject: Readonly<Record<string, unknown>>): Log {
  const more =
    (level: keyof Log): Say =>
    (fields, message) =>
      log[level]({ ...subject, ...fields }, message);
  return { trace: more("trace"), debug: more("debug"), info: more("info"), warn: more("warn"), error: more("error") };
}

const nobody: Say = () => {};

/** A log that nobody reads. */
export const silent: Log = { trace: nobody, debug: nobody, info: nobody, warn: nobody, error: nobody };
