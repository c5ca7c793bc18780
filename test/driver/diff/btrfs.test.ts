// What btrfs says of two subvolumes, as changes: everything that a shell can do to files, and whatever it does, replaying the
// changes on the old tree's list of paths gives the new one's.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Change } from "../../../src/agent/domain/change.ts";
import { btrfsDiff } from "../../../src/agent/driver/diff/btrfs.ts";
import { randomFrom } from "../../support/random.ts";
import { describeContainers } from "../../support/describe-containers.ts";
import { makePool, type TestPool } from "../../support/pool.ts";

const seed = Number(process.env["PHOENIX_DIFF_SEED"] ?? Date.now() % 1_000_000);

describeContainers("what btrfs says of two subvolumes", () => {
  let pool: TestPool;
  let last = 0;
  beforeAll(() => {
    pool = makePool("btrfs", "300M");
  });
  afterAll(() => pool.dispose());

  const sh = (at: string, script: string) => execFileSync("sh", ["-ec", script], { cwd: at, encoding: "utf8" });
  const btrfs = (...args: readonly string[]) => execFileSync("btrfs", ["subvolume", ...args], { stdio: "ignore" });
  /** A folder with a subvolume "live", made by a script, and a snapshot of it. */
  const home = (first: string): string => {
    const folder = join(pool.path, `diff-${(last += 1)}`);
    mkdirSync(folder);
    btrfs("create", join(folder, "live"));
    sh(join(folder, "live"), first);
    btrfs("snapshot", "-r", join(folder, "live"), join(folder, "then"));
    return folder;
  };
  const diff = async (folder: string, then = "then", now = "live"): Promise<readonly Change[]> => {
    const found: Change[] = [];
    const at = { before: join(folder, then), after: join(folder, now), asides: join(folder, ".asides") };
    const seen = await btrfsDiff(at, (change) => void found.push(change), new AbortController().signal);
    expect(seen).toBe("whole");
    expect(readdirSync(at.asides)).toEqual([]);
    return found;
  };
  const said = (changes: readonly Change[]) =>
    changes.map((change) => {
      const from = change.is === "moved" ? ` from ${change.from}` : "";
      const before = change.is === "changed" || change.is === "moved" ? `${change.before} -> ` : "";
      const detail = "detail" in change && change.detail !== "" ? `, ${change.detail}` : "";
      return `${change.is} ${change.path}${from} (${change.kind}, ${before}${change.bytes})${detail}`;
    });

  test.each<[string, string, string, readonly string[]]>([
    ["nothing", "echo a > a; mkdir d", "cat a; ls d", []],
    ["a file more", "true", "echo hello > a", ["added /a (file, 6)"]],
    ["a file less", "echo hello > a", "rm a", ["removed /a (file, 6)"]],
    ["a file written to", "echo a > a", "echo more >> a", ["changed /a (file, 2 -> 7)"]],
    ["a file replaced as editors do it", "echo a > a", "echo abc > b; mv b a", ["changed /a (file, 2 -> 4)"]],
    ["a file touched", "echo a > a", "touch -d 2001-01-01 a", ["changed /a (file, 2 -> 2), time alone"]],
    ["its mode", "echo a > a; chmod 644 a", "chmod 600 a", ["changed /a (file, 2 -> 2), mode 644 -> 600"]],
    ["its owner", "echo a > a", "chown 33:34 a", ["changed /a (file, 2 -> 2), owner 0:0 -> 33:34"]],
    [
      "a folder's mode alone",
      "mkdir d; chmod 755 d",
      "chmod 700 d; echo a > d/a",
      ["changed /d (folder, 0 -> 0), mode 755 -> 700", "added /d/a (file, 2)"],
    ],
    ["a file moved", "echo a > a", "mv a b", ["moved /b from /a (file, 2 -> 2)"]],
    ["a file moved and written to", "echo a > a", "mv a b; echo a >> b", ["moved /b from /a (file, 2 -> 4)"]],
    ["a file moved over another", "echo a > a; echo bb > b", "mv a b", ["removed /b (file, 3)", "moved /b from /a (file, 2 -> 2)"]],
    ["one more name of a file", "echo a > a", "ln a b", ["added /b (file, 2)"]],
    ["one name of a file less", "echo a > a; ln a b", "rm a", ["removed /a (file, 2)"]],
    ["a folder moved, with all that is in it", "mkdir -p d/e; echo a > d/e/a", "mv d f", ["moved /f from /d (folder, 0 -> 0)"]],
    [
      // btrfs makes what has the lower number first, puts it into its folder, and only then gives the folder its name.
      "a folder made after what is in it",
      "mkdir old; echo a > old/a",
      "echo b > b; mkdir c; mv b c/b; mv old c/old",
      ["added /c (folder, 0)", "added /c/b (file, 2)", "moved /c/old from /old (folder, 0 -> 0)"],
    ],
    [
      "a file moved into a folder that was made, and a folder in its old place",
      "echo a > a",
      "mkdir d; mv a d/c; mkdir a",
      ["added /a (folder, 0)", "added /d (folder, 0)", "moved /d/c from /a (file, 2 -> 2)"],
    ],
    [
      "changes in a folder that was moved",
      "mkdir -p d/e; echo a > d/e/a; echo b > d/e/b",
      "echo a >> d/e/a; mv d f; rm f/e/b; echo c > f/e/c; chmod 600 f/e/a",
      [
        "moved /f from /d (folder, 0 -> 0)",
        "changed /f/e/a (file, 2 -> 4), mode 644 -> 600",
        "removed /d/e/b (file, 2)",
        "added /f/e/c (file, 2)",
      ],
    ],
    [
      "a folder moved into one that was moved, and a new one in its old place",
      "mkdir -p a/x b; echo 1 > a/x/1; echo 2 > b/2",
      "mv b c; mv a/x c/y; mkdir b; echo new > b/2",
      ["added /b (folder, 0)", "added /b/2 (file, 4)", "moved /c from /b (folder, 0 -> 0)", "moved /c/y from /a/x (folder, 0 -> 0)"],
    ],
    [
      "two folders that have changed places",
      "mkdir a b; echo 1 > a/1; echo 2 > b/2",
      "mv a t; mv b a; mv t b",
      ["moved /a from /b (folder, 0 -> 0)", "moved /b from /a (folder, 0 -> 0)"],
    ],
    [
      "a folder removed, with all that was in it",
      "mkdir -p d/e; echo a > d/e/a",
      "rm -r d",
      ["removed /d (folder, 0)", "removed /d/e (folder, 0)", "removed /d/e/a (file, 2)"],
    ],
    [
      "a file that became a folder",
      "echo a > a",
      "rm a; mkdir a; echo b > a/b",
      ["changed /a (folder, 2 -> 0), file -> folder", "added /a/b (file, 2)"],
    ],
    [
      "links",
      "ln -s x a; ln -s x b",
      "rm a; ln -s yy a; rm b; ln -s x c",
      ["changed /a (link, 1 -> 2)", "removed /b (link, 1)", "added /c (link, 1)"],
    ],
    ["pipes and devices", "mkfifo p", "rm p; mknod n c 1 3; chmod 600 n", ["added /n (other, 0)", "removed /p (other, 0)"]],
    [
      "a link to the host in the place of a folder, which nobody follows",
      "mkdir etc; echo a > etc/passwd",
      "rm -r etc; ln -s /etc etc",
      ["changed /etc (link, 0 -> 4), folder -> link", "removed /etc/passwd (file, 2)"],
    ],
    [
      "names of any bytes",
      "true",
      'echo a > "with space"; echo b > "$(printf "line\\nend")"; echo c > "$(printf "\\377x")"; echo d > "ü"',
      ["added /line\nend (file, 2)", "added /with space (file, 2)", "added /ü (file, 2)", "added /\\xffx (file, 2)"],
    ],
    [
      "an extended attribute",
      "echo a > a",
      "setfattr -n user.x -v 1 a 2>/dev/null || setcap cap_net_raw+ep a",
      ["changed /a (file, 2 -> 2), attributes"],
    ],
  ])("%s", async (name, first, then, expected) => {
    if (name === "an extended attribute" && !["/usr/bin/setfattr", "/usr/sbin/setcap", "/sbin/setcap"].some((tool) => exists(tool))) return;
    const folder = home(first);
    sh(join(folder, "live"), then);
    expect(said(await diff(folder))).toEqual(expected);
  });

  test("between two that have gone different ways from one", async () => {
    const folder = home("echo a > a");
    btrfs("snapshot", join(folder, "then"), join(folder, "other"));
    // The same inode number in both, and another file.
    sh(join(folder, "live"), "echo mine > mine; sync -f mine");
    sh(join(folder, "other"), "echo others > others");
    expect(said(await diff(folder, "live", "other"))).toEqual(["removed /mine (file, 5)", "added /others (file, 7)"]);
  });

  test(`whatever is done, the old tree and the changes make the new one (PHOENIX_DIFF_SEED=${seed})`, async () => {
    const random = randomFrom(seed);
    const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
    for (let round = 0; round < 4; round += 1) {
      const names = ["a", "b", "c", "d"];
      const path = () => Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(names)).join("/");
      const act = () =>
        pick([
          () => `mkdir -p ${path()}`,
          () => `echo ${Math.floor(random() * 1e6)} > ${path()}`,
          () => `mv -T ${path()} ${path()}`,
          () => `mv ${path()} ${path()}`,
          () => `rm -r ${path()}`,
          () => `ln ${path()} ${path()}`,
          () => `echo more >> ${path()}`,
        ])();
      const acts = (count: number) => Array.from({ length: count }, () => `{ ${act()}; } 2>/dev/null || true`).join("\n");
      const folder = home(acts(60));
      sh(join(folder, "live"), acts(25));
      const changes = await diff(folder);
      const list = (at: string) =>
        sh(join(folder, at), "find . -mindepth 1 | sort")
          .split("\n")
          .filter((line) => line !== "")
          .map((line) => line.slice(1));
      expect(replayed(list("then"), changes)).toEqual(list("live").toSorted());
    }
  });
});

function exists(tool: string): boolean {
  return readdirSync(join(tool, "..")).includes(tool.slice(tool.lastIndexOf("/") + 1));
}

/** The paths that there are after these changes: each says of a thing of then where it is now, the deepest folder that was moved counts. */
function replayed(then: readonly string[], changes: readonly Change[]): readonly string[] {
  const moved = new Map(changes.flatMap((change) => (change.is === "moved" ? [[change.from, change.path] as const] : [])));
  const removed = new Set(changes.flatMap((change) => (change.is === "removed" ? [change.path] : [])));
  const where = (path: string): string => {
    for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) {
      const to = moved.get(path.slice(0, end));
      if (to !== undefined) return to + path.slice(end);
    }
    return path;
  };
  const left = then.filter((path) => !removed.has(path)).map(where);
  const added = changes.flatMap((change) => (change.is === "added" ? [change.path] : []));
  return [...new Set([...left, ...added])].toSorted();
}
