import { along } from "./names.ts";
import type { SendCommand } from "./send-stream.ts";

/** The paths that something happened to, and where what is there now has come from. Paths have a character for each byte. */
export interface Touched {
  /** Names of now and of then. */
  readonly paths: ReadonlySet<string>;
  /** What is known to have changed besides what can be seen by looking at both, by the name of then. */
  readonly known: ReadonlyMap<string, { readonly content: boolean; readonly attributes: boolean }>;
  /** Names of now, and the names of then of the same thing. */
  readonly moved: ReadonlyMap<string, string>;
}

/** Collects the commands of a stream. `take` gives false once there are more paths than `most`. */
export function touches(most: number): { readonly take: (command: SendCommand) => boolean; readonly result: Touched } {
  const paths = new Set<string>();
  const known = new Map<string, { content: boolean; attributes: boolean }>();
  const moved = new Map<string, string>();
  /** What was not there then, by its name of the moment; the stream makes things under names of its own and renames them. */
  const made = new Set<string>();

  /** Folders that something was made in, or moved into, and those that they are in. Most of what is renamed is none of them. */
  const filled = new Set<string>();
  const fill = (path: string) => {
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) filled.add(path.slice(0, at));
  };

  /** The name of then of what is at this name at the moment. */
  const then = (path: string) => along(moved, path);
  const move = (to: string, origin: string) => {
    moved.set(to, origin);
    paths.add(to);
    fill(to);
  };
  const make = (path: string) => {
    made.add(path);
    paths.add(path);
    fill(path);
  };
  const rename = (from: string, to: string) => {
    const origin = then(from);
    if (made.delete(from)) make(to);
    else {
      moved.delete(from);
      move(to, origin);
    }
    if (!filled.has(from)) return;
    // What was made in it or moved into it before goes along.
    const isInIt = (name: string) => name.startsWith(`${from}/`);
    const earlier = [...moved].filter(([name]) => isInIt(name));
    for (const [name] of earlier) moved.delete(name);
    for (const [name, of] of earlier) move(to + name.slice(from.length), of);
    for (const name of [...made].filter(isInIt)) {
      made.delete(name);
      make(to + name.slice(from.length));
    }
  };

  const take = ({ does, path, other }: SendCommand): boolean => {
    const old = then(path);
    // What is removed has been put under a name of the stream's own before.
    paths.add(path).add(old);
    if (does === "makes") make(path);
    if ((does === "writes" || does === "sets an attribute") && !made.has(path)) {
      const before = known.get(old) ?? { content: false, attributes: false };
      known.set(old, { content: before.content || does === "writes", attributes: before.attributes || does !== "writes" });
    }
    if (does === "renames") {
      paths.add(other);
      rename(path, other);
    }
    if (does === "links" && !made.has(other)) move(path, then(other));
    return paths.size <= most;
  };
  return { take, result: { paths, known, moved } };
}
