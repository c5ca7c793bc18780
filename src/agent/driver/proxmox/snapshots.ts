import { readDescription, type Snapshot } from "../../domain/container.ts";
import { descriptionOf, fieldsOf, snapshotSections, type Conf, type Section } from "./conf.ts";

/** A snapshot section, read. */
interface Read extends Snapshot {
  /** "prepare" or "delete" when its making or deleting was cut off: it is no snapshot then. */
  readonly unfinished: string | null;
}

/** The snapshots of a container, oldest first. Those that are half made or half deleted are not among them. */
export function snapshotsOf(conf: Conf): readonly Snapshot[] {
  const all = readAll(conf);
  const whole = [...all.values()].filter(({ unfinished }) => unfinished === null);
  const ages = new Map(whole.map((snapshot) => [snapshot.name, ageOf(snapshot, all)] as const));
  const age = (name: string) => ages.get(name) ?? { time: 0, depth: 0 };
  return whole
    .toSorted((a, b) => age(a.name).time - age(b.name).time || age(a.name).depth - age(b.name).depth)
    .map(({ unfinished: _none, ...snapshot }) => ({ ...snapshot, parent: wholeParent(snapshot.parent, all) }));
}

/** The snapshots whose making or deleting was cut off, with what was being done. */
export function unfinishedSnapshots(conf: Conf): readonly { readonly name: string; readonly unfinished: string }[] {
  return [...readAll(conf).values()].flatMap(({ name, unfinished }) => (unfinished === null ? [] : [{ name, unfinished }]));
}

function readAll(conf: Conf): ReadonlyMap<string, Read> {
  return new Map(snapshotSections(conf).map((section) => [section.name, read(section)]));
}

function read({ name, lines }: Section): Read {
  const fields = fieldsOf(lines);
  const time = fields.get("snaptime");
  const description = descriptionOf(lines);
  const { run, schedule } = readDescription(description);
  return {
    name,
    created: time !== undefined && /^\d+$/.test(time) ? Number(time) * 1000 : null,
    parent: fields.get("parent") ?? null,
    description,
    run,
    schedule,
    unfinished: fields.get("snapstate") ?? null,
  };
}

/** A snapshot is younger than its parents, whatever the clock said; of one second, the longer chain is the younger. */
function ageOf(snapshot: Read, all: ReadonlyMap<string, Read>): { readonly time: number; readonly depth: number } {
  const chain = ancestry(snapshot, all);
  return { time: Math.max(...chain.map(({ created }) => created ?? 0)), depth: chain.length };
}

/** Itself and its parents; a circle, which only a hand can make, ends where it closes. */
function ancestry(snapshot: Read, all: ReadonlyMap<string, Read>): readonly Read[] {
  const chain: Read[] = [];
  for (let next: Read | undefined = snapshot; next !== undefined && !chain.includes(next); next = all.get(next.parent ?? ""))
    chain.push(next);
  return chain;
}

/** The nearest of its parents that is a snapshot still. */
function wholeParent(parent: string | null, all: ReadonlyMap<string, Read>): string | null {
  const first = all.get(parent ?? "");
  const parents = first === undefined ? [] : ancestry(first, all);
  return parents.find(({ unfinished }) => unfinished === null)?.name ?? null;
}
