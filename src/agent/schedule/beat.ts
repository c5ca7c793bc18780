import cron from "node-cron";

/** Calls somebody at every full second or minute, until it is stopped. */
export type Beat = (every: "second" | "minute", call: () => void) => { readonly stop: () => void };

/** By the clock on the wall. A beat that the machine has slept through is not made up for: the next one sees what is due. */
export const realBeat: Beat = (every, call) => {
  const task = cron.schedule(every === "second" ? "* * * * * *" : "* * * * *", call, { suppressMissedWarning: true });
  return { stop: () => void task.destroy() };
};
