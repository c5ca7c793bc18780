type Write = (fields: Readonly<Record<string, unknown>>, message: string) => void;

/** Where the API says what it does; pino's loggers are such. */
export interface Log {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
}
