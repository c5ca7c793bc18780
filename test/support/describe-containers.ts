import { describeWhere } from "./describe-where.ts";
import { whyNoContainers } from "./pool.ts";

/** Like describe, for tests that need real containers: skipped, with the reason, where none can run (describe-where.ts). */
export function describeContainers(name: string, define: () => void): void {
  describeWhere(name, whyNoContainers(), define);
}
