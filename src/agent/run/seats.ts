/** Room for so many at a time. Who finds none waits; first come, first served. */
export interface Seats {
  /** Resolves with true when there is room for one more, with false when the signal is aborted before. */
  take(signal: AbortSignal): Promise<boolean>;
  /** Gives back what was taken. */
  leave(): void;
}

/** So many seats, all free. */
export function createSeats(count: number): Seats {
  let free = count;
  const waiting: (() => void)[] = [];
  return {
    take: (signal) =>
      new Promise((resolve) => {
        if (signal.aborted) {
          resolve(false);
        } else if (free > 0) {
          free -= 1;
          resolve(true);
        } else {
          const seat = () => {
            signal.removeEventListener("abort", gone);
            resolve(true);
          };
          const gone = () => {
            waiting.splice(waiting.indexOf(seat), 1);
            resolve(false);
          };
          signal.addEventListener("abort", gone, { once: true });
          waiting.push(seat);
        }
      }),
    leave() {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    },
  };
}
