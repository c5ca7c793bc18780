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

  /** The name of then of what is at this name at the moment. */
  const then = (path: string) => along(moved, path);
  const rename = (from: string, to: string) => {
    if (made.delete(from)) return void made.add(to);
    const origin = then(from);
    moved.delete(from);
    moved.set(to, origin);
    // What was moved into it before goes along.
    const earlier = [...moved];
    for (const [name, of] of earlier) {
      if (!name.startsWith(`${from}/`)) continue;
      moved.delete(name);
      moved.set(to + name.slice(from.length), of);
    }
  };

  const take = ({ does, path, other }: SendCommand): boolean => {
    const old = then(path);
    // What is removed has been put under a name of the stream's own before.
    paths.add(path).add(old);
    if (does === "makes") made.add(path);
    if ((does === "writes" || does === "sets an attribute") && !made.has(path)) {
      const before = known.get(old) ?? { content: false, attributes: false };
      known.set(old, { content: before.content || does === "writes", attributes: before.attributes || does !== "writes" });
    }
    if (does === "renames") {
      paths.add(other);
      rename(path, other);
    }
    if (does === "links" && !made.has(other)) moved.set(path, then(other));
    return paths.size <= most;
  };
  return { take, result: { paths, known, moved } };
}
