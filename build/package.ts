// dist -> dist/packages: two .deb, a tarball with the executables, phoenixctl for npm, and the sums of all. Twice makes the same bytes.
import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { agentPackage, archived, clientPackage } from "./package/contents.ts";
import { makeDeb } from "./package/deb.ts";
import { gather } from "./package/made.ts";
import { makeNpmPackage } from "./package/npm.ts";
import { makeTarball } from "./package/tarball.ts";
import { fail } from "./run.ts";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
// The time of everything in the packages: that of the commit, or of whoever builds from somewhere else.
const time = process.env["SOURCE_DATE_EPOCH"] ?? spawnSync("git", ["log", "-1", "--format=%ct"], { encoding: "utf8" }).stdout?.trim() ?? "";
if (!/^\d+$/.test(time)) fail("no time for the packages: set SOURCE_DATE_EPOCH to seconds since 1970, or build in a git checkout");

const workshop = { out: "dist/packages", work: resolve(".cache/package"), epoch: Number(time) };
rmSync(workshop.out, { recursive: true, force: true });
for (const folder of [workshop.out, workshop.work]) mkdirSync(folder, { recursive: true });

const made = gather(version, workshop.epoch);
const top = `phoenix-${version}-linux-x64`;
const files = [
  makeDeb(agentPackage(made), workshop),
  makeDeb(clientPackage(made), workshop),
  makeTarball(`${top}.tar.gz`, top, archived(), workshop),
  await makeNpmPackage(version, workshop),
];
const sum = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");
writeFileSync(join(workshop.out, "SHA256SUMS"), files.map((file) => `${sum(file)}  ${basename(file)}\n`).join(""));
console.log(files.map((file) => `${file}  ${(readFileSync(file).length / 1e6).toFixed(1)} MB`).join("\n"));
