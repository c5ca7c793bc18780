import type { Ctid } from "../domain/container.ts";
import { gpusOf, usesOf } from "../plan/gpu-use.ts";
import { hasGpuAccess, subjectOf } from "../plan/subject.ts";
import type { World } from "../plan/world.ts";

/** Which containers are meant. Of all, and of those of a GPU: those that run. */
export type Choice =
  { readonly of: "containers"; readonly ctids: readonly Ctid[] } | { readonly of: "gpu"; readonly index: number } | { readonly of: "all" };

/** The containers of a choice, as it stands now. */
export function chosen(choice: Choice, except: readonly Ctid[], world: World): readonly Ctid[] {
  const running = [...world.inventory.containers.values()].filter(({ state }) => state !== "stopped").map(({ ctid }) => ctid);
  const holds = (ctid: Ctid) => hasGpuAccess(subjectOf(ctid, world)) || usesOf(ctid, world).length > 0;
  const onIt = (ctid: Ctid, gpu: number) => gpusOf(ctid, world).includes(gpu) || usesOf(ctid, world).some(({ index }) => index === gpu);
  const found = () => {
    switch (choice.of) {
      case "containers":
        return choice.ctids;
      case "gpu":
        return running.filter((ctid) => onIt(ctid, choice.index));
      case "all":
        return running.filter(holds);
    }
  };
  return [...new Set(found())].filter((ctid) => !except.includes(ctid)).toSorted((a, b) => a - b);
}

/** "950, 951", "GPU 0", "all containers with a GPU". */
export function choiceText(choice: Choice, except: readonly Ctid[]): string {
  const words = () => {
    switch (choice.of) {
      case "containers":
        return choice.ctids.join(", ");
      case "gpu":
        return `GPU ${choice.index}`;
      case "all":
        return "all containers with a GPU";
    }
  };
  return `${words()}${except.length === 0 ? "" : ` but ${except.join(", ")}`}`;
}
