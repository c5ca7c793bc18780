/** What the exit code says. A closed output ends the client like any program (141), and `exec` hands on the command's own code. */
export const exit = {
  done: 0,
  failed: 1,
  usage: 2,
  someFailed: 3,
  unreachable: 4,
  notAllowed: 5,
  refused: 6,
  pending: 7,
  interrupted: 130,
  closedOutput: 141,
} as const;

/** What became of one container. */
export type Ending = "succeeded" | "failed" | "refused" | "unreachable";

/** The exit code for the endings of all containers that were asked for. */
export function exitOf(endings: readonly Ending[]): number {
  const bad = endings.filter((ending) => ending !== "succeeded");
  if (bad.length === 0) return exit.done;
  if (bad.length < endings.length) return exit.someFailed;
  if (bad.every((ending) => ending === "unreachable")) return exit.unreachable;
  return bad.every((ending) => ending === "refused") ? exit.refused : exit.failed;
}
