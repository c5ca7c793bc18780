import { join } from "node:path";
import type { Attachment } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";
import { line, type Line } from "./config.ts";
import type { Home } from "./paths.ts";

const key = "lxc.mount.entry";

/** Volumes are named by where they lie: those that snapshots leave alone, and those that belong to the tree that snapshots take. */
const apart = "volumes/";
const inTree = "snapshot-volumes/";

/** What a volume is called: its Attachment.source. Fault INVALID for a name that can't be that of a folder. */
export function volumeSource(name: string, inSnapshots: boolean): string {
  if (!/^\w[\w.-]*$/.test(name)) {
    throw new Fault("INVALID", `${JSON.stringify(name)} is not a name for a volume`, "Use letters, digits, _ . and -, in the manifest.");
  }
  return `${inSnapshots ? inTree : apart}${name}`;
}

/** The folder of a volume, by what it is called; `tree` is the live tree. */
export function volumeFolder(home: Home, tree: string, source: string): string {
  return source.startsWith(inTree) ? join(tree, "volumes", source.slice(inTree.length)) : join(home.volumes, source.slice(apart.length));
}

/** The line that mounts a volume or a bind mount. Fault INVALID for a path inside that is none. */
export function mountLine(home: Home, tree: string, attachment: Pick<Attachment, "kind" | "source" | "container_path">): Line {
  const { container_path: inside, kind, source } = attachment;
  if (!inside.startsWith("/") || inside === "/" || inside.split("/").includes("..")) {
    throw new Fault("INVALID", `${JSON.stringify(inside)} is not a path to mount at`, "Write an absolute path, without .. in it.");
  }
  const from = kind === "volume" ? volumeFolder(home, tree, source) : source;
  return line(key, `${escape(from)} ${escape(inside.replace(/^\/+|\/+$/g, ""))} none rbind,create=dir 0 0`);
}

/** The attachments that a config has, hand-written bind mounts included; devices and our own files are none. */
export function attachmentsOf(lines: readonly Line[], home: Home, tree: string): readonly Attachment[] {
  return lines.flatMap((candidate) => {
    if (candidate.key !== key || candidate.raw) return [];
    const [from = "", inside = "", , options = ""] = candidate.value.split(/\s+/).map(unescape);
    if (!from.startsWith("/") || from.startsWith("/dev/") || from === home.resolv || !/(^|,)r?bind(,|$)/.test(options)) return [];
    return [{ ...sourceOf(from, home, tree), container_path: `/${inside.replace(/^\/+/, "")}` }];
  });
}

/** True for the lines that attachmentsOf reads. */
export function isAttachment(candidate: Line, home: Home, tree: string): boolean {
  return attachmentsOf([candidate], home, tree).length > 0;
}

function sourceOf(from: string, home: Home, tree: string): Pick<Attachment, "kind" | "source" | "in_snapshots"> {
  const inside = (folder: string) => (from.startsWith(`${folder}/`) ? from.slice(folder.length + 1) : null);
  const apartName = inside(home.volumes);
  if (apartName !== null) return { kind: "volume", source: `${apart}${apartName}`, in_snapshots: false };
  const treeName = inside(join(tree, "volumes"));
  if (treeName !== null) return { kind: "volume", source: `${inTree}${treeName}`, in_snapshots: true };
  return { kind: "bind", source: from, in_snapshots: false };
}

/** As in fstab(5): LXC reads these lines with getmntent. */
function escape(path: string): string {
  return path.replace(/[\s\\]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`);
}

function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
