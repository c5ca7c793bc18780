import { cloneSource, dependencyAtBoot, knownDependencies, noCycle, orderAgainstDependency } from "./order.ts";
import type { Rule } from "./rule.ts";
import { sharedGpu, uniqueAddress, uniqueMac, uniqueName } from "./several.ts";
import { mountPoints, oneOrigin, pushedFiles, snapshotName, templateAtBoot, volumeNames, withoutEffect } from "./single.ts";

/** Everything that is asked of a container whose shape is right. A new rule is one more function here. */
export const rules: readonly Rule[] = [
  snapshotName,
  templateAtBoot,
  oneOrigin,
  withoutEffect,
  volumeNames,
  mountPoints,
  pushedFiles,
  uniqueName,
  uniqueMac,
  uniqueAddress,
  sharedGpu,
  cloneSource,
  knownDependencies,
  dependencyAtBoot,
  orderAgainstDependency,
  noCycle,
];
