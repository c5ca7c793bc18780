import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { agentPackage, archived, changelog, clientPackage, type Made } from "../../build/package/contents.ts";
import { makeDeb, type Package } from "../../build/package/deb.ts";
import { gather } from "../../build/package/made.ts";
import { makeNpmPackage } from "../../build/package/npm.ts";
import { makeTarball } from "../../build/package/tarball.ts";
import type { PackagedFile, Workshop } from "../../build/package/tree.ts";
import { describeWhere } from "../support/describe-where.ts";
import { whyNoPackages, workshop } from "./support.ts";

/** Compressing all of an executable shows no more than compressing the beginning of it. */
const cut = (file: PackagedFile): PackagedFile => ({ ...file, content: file.content.slice(0, 1 << 20) });
const small = (made: Package): Package => ({ ...made, files: made.files.map(cut) });

/** All packages, by name. */
async function pack(made: Made, place: Workshop, mask: number): Promise<ReadonlyMap<string, Buffer>> {
  const before = process.umask(mask);
  try {
    for (const each of [agentPackage(made), clientPackage(made)]) makeDeb(small(each), place);
    makeTarball("phoenix.tar.gz", "phoenix", archived().map(cut), place);
    await makeNpmPackage("1.2.3", place);
    return new Map(readdirSync(place.out).map((name) => [name, readFileSync(join(place.out, name))]));
  } finally {
    process.umask(before);
  }
}

const tars: Readonly<Record<string, readonly string[]>> = {
  "phoenix-agent_1.2.3_amd64.deb": ["dpkg-deb --fsys-tarfile", "dpkg-deb --ctrl-tarfile"],
  "phoenixctl_1.2.3_amd64.deb": ["dpkg-deb --fsys-tarfile", "dpkg-deb --ctrl-tarfile"],
  "phoenix.tar.gz": ["gzip -dc"],
  "phoenixctl-1.2.3.tgz": ["gzip -dc"],
};

// A time that the clock has not come to: what is made now can have it only where it was set.
const epoch = 4_000_000_000;

describeWhere("packages", whyNoPackages(), () => {
  test("made in two folders, under two masks, have the same bytes, and one time that is not the clock's", async () => {
    const made = gather("1.2.3", epoch);
    const place = workshop(epoch);
    const [one, other] = [await pack(made, place, 0o022), await pack(made, workshop(epoch), 0o077)];
    expect([...one.keys()].toSorted()).toEqual(Object.keys(tars).toSorted());
    for (const [name, bytes] of one) {
      expect([name, other.get(name)?.equals(bytes)]).toEqual([name, true]);
      for (const command of tars[name] ?? []) expect([name, times(`${command} ${join(place.out, name)}`)]).toEqual([name, [epoch]]);
    }
  });

  test.each(["phoenix-agent", "phoenixctl"])("nothing in %s tells in which folder it was built", (name) => {
    const bytes = readFileSync(join("dist", name));
    for (const folder of ["node_modules", "src", ".cache"]) expect(bytes.includes(`${resolve(folder)}/`)).toBe(false);
  });
});

/** When the members of what a command unpacks were changed. Throws where not everybody may read one, or others than root may write it. */
function times(unpack: string): readonly number[] {
  const tar = `${unpack} | tar -tv --full-time --numeric-owner --utc -f -`;
  const seen = execFileSync("sh", ["-c", tar], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => {
      const [mode = "", owner, , day, time] = line.split(/\s+/);
      if (!/^.rw.r-.r-.$/.test(mode) || owner !== "0/0") throw new Error(`not as it should be: ${line}`);
      return Date.parse(`${day}T${time}Z`) / 1000;
    });
  return [...new Set(seen)];
}

test("the changelog is as Debian wants it: what has changed, in lines of 80 columns", () => {
  const text = `# Changelog\n\n## 2 (not released)\n\n- One thing, ${"long ".repeat(30)}\n  and more of it.\n- Another - so.\n\n## 1\n\n- Old.\n`;
  const lines = changelog("2", 0, text).split("\n");
  expect(lines.filter((line) => line.startsWith("  * ")).length).toBe(2);
  expect(lines.join(" ")).toContain("and more of it.");
  expect(lines.join("\n")).not.toContain("Old");
  expect(Math.max(...lines.slice(0, -2).map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(lines.slice(-2)).toEqual([" -- The Phoenix maintainers <maintainers@phoenix.invalid>  Thu, 01 Jan 1970 00:00:00 +0000", ""]);
});
