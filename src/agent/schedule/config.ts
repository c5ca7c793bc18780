import { setInterval } from "node:timers";
import type { Keeper } from "../config/versions/keeper.ts";
import { toFailure } from "../domain/errors.ts";
import type { Log } from "../domain/log.ts";

/** Files that are edited on the host are taken over within so many milliseconds, also when nobody asks for a plan. */
const often = 5000;

/** Looks after the configuration from now on: takes over what hands have edited, and writes what could not be written before. */
export function watchConfig(keeper: Pick<Keeper, "current" | "settle">, log: Log): { readonly stop: () => void } {
  const look = () => {
    void keeper.settle().then(() => {
      try {
        keeper.current();
      } catch (error) {
        log.error({}, `the configuration can't be looked at: ${toFailure(error).message}`);
      }
    });
  };
  look();
  const timer = setInterval(look, often);
  return { stop: () => clearInterval(timer) };
}
