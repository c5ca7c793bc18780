/** Ctrl-C, once. */
export interface Interruption {
  /** Aborted by it. */
  readonly signal: AbortSignal;
  /** Resolves with null when it happens. */
  readonly happened: Promise<null>;
  /** From now on Ctrl-C ends the client as usual, unless it has happened. */
  readonly end: () => void;
}

/** Catches Ctrl-C. After the first one further ones change nothing, so that what is still to be said is not cut off. */
export function onInterrupt(): Interruption {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<null>();
  const abort = () => {
    controller.abort();
    resolve(null);
  };
  process.on("SIGINT", abort);
  return {
    signal: controller.signal,
    happened: promise,
    end: () => {
      if (!controller.signal.aborted) process.off("SIGINT", abort);
    },
  };
}
