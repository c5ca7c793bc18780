// What agents have learned after the first contract, and what older ones would pass over in silence: to an agent that does not know a
// field of a request, the field is not there, and it does the rest. A method that it does not know it refuses by itself.

/**
 * By its name, the fields that ask for it, as MESSAGE.FIELD. An agent says in GetHost what it has of these; to one that has not, a client
 * sends no such field. A name stays for good, also when all agents that are in use have it.
 */
export const abilities = {
  clone: ["RunOptions.source", "RunOptions.start"],
  "make-room": ["RunOptions.make_room", "StartContainerRequest.make_room"],
  "forced-start": ["StartContainerRequest.force"],
  "snapshot-sizes": ["ListSnapshotsRequest.sizes"],
  "snapshots-of-several": ["ListSnapshotsRequest.ctids"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** The abilities that a request with these fields takes, without those that the agent has. */
export function lacking(fields: readonly string[], has: ReadonlySet<string>): string[] {
  return Object.entries<readonly string[]>(abilities).flatMap(([name, asking]) =>
    !has.has(name) && asking.some((field) => fields.includes(field)) ? [name] : [],
  );
}

/** Whether an agent has all of them, so that no request has to be looked at. */
export function hasAll(has: ReadonlySet<string>): boolean {
  return Object.keys(abilities).every((name) => has.has(name));
}
