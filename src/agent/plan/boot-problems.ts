import type { Ctid } from "../domain/container.ts";
import type { BootMember, BootProblem } from "./boot.ts";
import type { LostOnes } from "./boot-lost.ts";
import { compareTurns } from "./boot-order.ts";
import { limits } from "./steps.ts";
import type { Seen } from "./world.ts";

/** What is wrong with a boot, or at least odd: of the whole manifest first, then of each container. */
export function problemsOf(
  members: readonly BootMember[],
  world: Seen,
  lost: LostOnes,
  only: ReadonlySet<Ctid> | null,
): readonly BootProblem[] {
  const { manifest } = world;
  const wholeFile = manifest.problems.flatMap(({ severity, ctid, message }): readonly BootProblem[] =>
    severity === "error" && ctid === null ? [{ severity, reason: "MANIFEST", ctid, message }] : [],
  );
  const broken = [...manifest.broken].flatMap(([ctid, problems]): readonly BootProblem[] => {
    if (only !== null && !only.has(ctid)) return [];
    const why = problems.map(({ message }) => message).join("; ");
    return [{ severity: "error", reason: "MANIFEST", ctid, message: `it has an error in the manifest, and is not started: ${why}` }];
  });
  const places = new Map(members.map(({ ctid }, place) => [ctid, place]));
  const neededBy = ({ dependencies }: BootMember) =>
    dependencies
      .flatMap((id) => places.get(id) ?? [])
      .toSorted((a, b) => a - b)
      .flatMap((place) => members[place] ?? []);
  return [...wholeFile, ...broken, ...members.flatMap((member) => problemsWith(member, neededBy(member), world, lost))];
}

function problemsWith(member: BootMember, needed: readonly BootMember[], world: Seen, lost: LostOnes): readonly BootProblem[] {
  const { ctid, order } = member;
  const found = lost.get(ctid);
  if (found !== undefined) return [{ severity: "error", ctid, ...found }];
  const later = needed.filter((other) => isContradicted(member, other));
  const asleep = member.running ? [] : member.outsiders.filter((id) => !runsOutside(id, world));
  const isTemplate = world.manifest.containers.get(ctid)?.template_snapshot !== null;
  return [
    ...later.map(({ ctid: id, order: theirs }): BootProblem => {
      const says = theirs === null ? "which has no order and would come last" : `which has order ${theirs}`;
      return { severity: "error", reason: "ORDER", ctid, message: `it has order ${order} and needs ${id}, ${says}; so ${id} comes first` };
    }),
    ...asleep.map((id): BootProblem => {
      const message = `it needs ${id}, which does not run and is not started by Phoenix; that is waited for up to ${limits.boot} s`;
      return { severity: "warning", reason: "OUTSIDER", ctid, message };
    }),
    ...(isTemplate ? [{ severity: "warning", reason: "TEMPLATE", ctid, message: "it is a template, and starts at boot" } as const] : []),
  ];
}

/** Whether a member has an earlier order than one that it needs. Who does not start at boot itself has no order that counts. */
function isContradicted(member: BootMember, needed: BootMember): boolean {
  const bothOwn = member.needed_by === null && needed.needed_by === null;
  return bothOwn && compareTurns(member.order, needed.order) < 0;
}

function runsOutside(id: number, { inventory }: Seen): boolean {
  return inventory.machines.get(id) === "running" || inventory.containers.get(id)?.state === "running";
}
