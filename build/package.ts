// dist -> dist/packages: two .deb, a tarball with the executables, phoenixctl for npm, and the sums of all. Twice makes the same bytes.
import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { exampleSettings } from "../src/agent/config/example.ts";
import { manuals } from "./docs/manuals.ts";
import { agentPackage, clientPackage, type Made } from "./package/contents.ts";
import { makeDeb } from "./package/deb.ts";
import { makeNpmPackage } from "./package/npm.ts";
import { fail } from "./run.ts";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
const out = "dist/packages";
const work = resolve(".cache/package");
// The time of everything in the packages: that of the commit, or of whoever builds from somewhere else.
const epoch = Number(process.env["SOURCE_DATE_EPOCH"] ?? output("git", ["log", "-1", "--format=%ct"]));
if (!Number.isSafeInteger(epoch)) fail("no time for the packages: set SOURCE_DATE_EPOCH, or build in a git checkout");

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
mkdirSync(work, { recursive: true });

const made: Made = {
  version,
  epoch,
  manuals: manuals(),
  completions: new Map(["bash", "zsh", "fish"].flatMap((shell) => completion(shell))),
  settings: exampleSettings(),
};
const files = [
  makeDeb(agentPackage(made), out, work, epoch),
  makeDeb(clientPackage(made), out, work, epoch),
  tarball(),
  await makeNpmPackage(version, out, work),
];
const sum = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");
writeFileSync(join(out, "SHA256SUMS"), files.map((file) => `${sum(file)}  ${basename(file)}\n`).join(""));
console.log(files.map((file) => `${file}  ${(readFileSync(file).length / 1e6).toFixed(1)} MB`).join("\n"));

/** phoenix-VERSION-linux-x64.tar.gz: for a Linux that is no Debian. */
function tarball(): string {
  const name = `phoenix-${version}-linux-x64`;
  const file = join(out, `${name}.tar.gz`);
  const members = ["-C", resolve("dist"), "phoenix-agent", "phoenixctl", "-C", resolve("."), "LICENSE", "README.md", "-C", "packaging"];
  const fixed = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", `--mtime=@${epoch}`, "--format=gnu", "--mode=go-w"];
  const units = ["phoenix-agent.service", "phoenix_orchestrator.sh"];
  const result = spawnSync("tar", [...fixed, `--transform=s,^,${name}/,`, "-I", "gzip -n", "-cf", file, ...members, ...units], {
    encoding: "utf8",
  });
  if (result.status !== 0) fail(`tar failed: ${result.error?.message ?? result.stderr.trim()}`);
  return file;
}

function completion(shell: string): [string, string][] {
  const result = spawnSync("dist/phoenixctl", ["completion", shell], { encoding: "utf8" });
  return result.status === 0 ? [[shell, result.stdout]] : [];
}

function output(command: string, args: readonly string[]): string {
  return spawnSync(command, args, { encoding: "utf8" }).stdout?.trim() ?? "";
}
