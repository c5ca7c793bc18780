/** Where the agent says what it does. Fields are run, ctid, step and the like; what they and messages hold of secrets is struck. */
export interface Log {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** The same log with these fields on every line: of a run, for example, its id and its container. */
export function about(log: Log, subject: Readonly<Record<string, unknown>>): Log {
  return {
    info: (fields, message) => log.info({ ...subject, ...fields }, message),
    warn: (fields, message) => log.warn({ ...subject, ...fields }, message),
    error: (fields, message) => log.error({ ...subject, ...fields }, message),
  };
}

/** A log that nobody reads. */
export const silent: Log = { info: () => {}, warn: () => {}, error: () => {} };
