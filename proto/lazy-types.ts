import type { Root, Type } from "protobufjs";

/** What `Root.toJSON` of protobufjs makes of a descriptor set: a package, or what is in one. Names of types are whole: ".phoenix.v1.Run". */
export interface Written {
  readonly nested?: Readonly<Record<string, Written>>;
  /** Of a message. */
  readonly fields?: Readonly<Record<string, { readonly type: string }>>;
  /** Of an enum. */
  readonly values?: object;
  /** Of a service. */
  readonly methods?: Readonly<Record<string, WrittenMethod>>;
}

export interface WrittenMethod {
  readonly requestType: string;
  readonly responseType: string;
  readonly requestStream?: boolean;
  readonly responseStream?: boolean;
}

/**
 * Gives message types by their whole names. Each is made when it is first asked for, together with those of its fields: few are ever
 * used, and to make all of them took a tenth of a client's start. Throws Error for a name that is no message's.
 */
export function lazyTypes(written: Written, root: Root): (name: string) => Type {
  const made = new Set<Written>();
  const known = new Map<string, Type>();

  const make = (name: string): void => {
    const { path, part } = outermost(written, name);
    if (part === undefined || made.has(part)) return;
    made.add(part);
    root.define(path.slice(0, -1)).addJSON({ [path.at(-1) ?? ""]: part });
    for (const type of typesIn(part)) make(type);
  };

  return (name) => {
    const there = known.get(name);
    if (there !== undefined) return there;
    make(name);
    const type = root.lookupType(name);
    known.set(name, type);
    return type;
  };
}

/** What has this whole name. */
export function writtenAt(written: Written, name: string): Written | undefined {
  return pathOf(name).reduce<Written | undefined>((space, part) => space?.nested?.[part], written);
}

/** The message or enum of a name, or the message that it lies in; none for a scalar, whose name has no dot. */
function outermost(written: Written, name: string): { readonly path: readonly string[]; readonly part: Written | undefined } {
  const whole = pathOf(name);
  let part: Written | undefined = written;
  for (const [at, key] of whole.entries()) {
    part = part?.nested?.[key];
    if (part?.fields !== undefined || part?.values !== undefined) return { path: whole.slice(0, at + 1), part };
  }
  return { path: whole, part: undefined };
}

function pathOf(name: string): readonly string[] {
  return name.split(".").slice(1);
}

function typesIn({ fields = {}, nested = {} }: Written): readonly string[] {
  return [...Object.values(fields).map(({ type }) => type), ...Object.values(nested).flatMap(typesIn)];
}
