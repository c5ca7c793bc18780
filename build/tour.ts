// `npm run tour`: a Debian with nothing on it gets the packages of dist/packages, as by somebody who has just found them: install, set up, letsgo, upgrade
// in the middle of a run, remove. Shows all that is printed; ends with 1 where something is not as it should be. Wants root, mmdebstrap and Debian's mirror.
import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { makeRoot, type Root } from "../test/package/root.ts";
import { makeTemplate } from "../test/support/busybox.ts";
import { agentPackage, clientPackage } from "./package/contents.ts";
import { makeDeb } from "./package/deb.ts";
import { gather } from "./package/made.ts";
import { fail } from "./run.ts";

const users = "/usr/local/phoenix_hypervisor";
const listen = "127.0.0.1:17443";
const debian = resolve(".cache/tour/bookworm.tar");
const work = mkdtempSync(join(tmpdir(), "phoenix-tour-"));

if (process.getuid?.() !== 0) fail("the tour needs root");
if (!existsSync(debian)) {
  mkdirSync(resolve(".cache/tour"), { recursive: true });
  const made = spawnSync("mmdebstrap", ["--variant=apt", "--include=mount", "bookworm", `${debian}.partial.tar`], { stdio: "inherit" });
  if (made.status !== 0) fail(`no Debian could be made: ${made.error?.message ?? `mmdebstrap ended with ${made.status}`}`);
  spawnSync("mv", [`${debian}.partial.tar`, debian]);
}
const packages = [...debs("1.0.0"), ...debs("1.1.0")];
const image = join(work, "disk");
writeFileSync(image, "");
truncateSync(image, 16 * 1024 ** 3);
const root = await makeRoot(`mkfs.btrfs -q ${image}
mount -o loop,noatime ${image} "$1"
cd "$1"
btrfs -q subvolume create root
tar -xf ${debian} -C root
mount --bind root root`);
let ended = "";
try {
  tour(root);
} catch (thrown) {
  ended = (thrown as Error).message;
} finally {
  for (const ctid of [900, 950, 952, 953]) root.sh(`lxc-stop -P /var/lib/phoenix/lxc -n ${ctid} -k`);
  await root.dispose();
  rmSync(work, { recursive: true });
}
if (ended !== "") fail(ended);

function debs(version: string): string[] {
  const made = gather(version, 1);
  const places = { out: work, work: join(work, "work"), epoch: 1 };
  mkdirSync(places.work, { recursive: true });
  return [agentPackage(made), clientPackage(made)].map((each) => makeDeb(each, places, "none"));
}

function tour({ at, sh, get, write }: Root): void {
  const show = (command: string, code = 0): string => {
    console.log(`\n# ${command}`);
    const said = sh(`exec 2>&1; ${command}`);
    console.log(said.out.trimEnd());
    if (said.code !== code) throw new Error(`${command}: ended with ${said.code}, not with ${code}`);
    return said.out;
  };
  const claim = (what: string, holds: boolean) => {
    if (!holds) throw new Error(`it is not so that ${what}`);
    console.log(`-> ${what}`);
  };
  const until = (condition: string) =>
    get(`for try in $(seq 600); do if ${condition}; then exit 0; fi; sleep 0.2; done; cat /root/agent.log; exit 1`);
  const start = () => {
    get("phoenix-agent serve >>/root/agent.log 2>&1 </dev/null & echo $! >/root/agent.pid");
    until("phoenixctl ps >/dev/null 2>&1");
  };
  const stop = () => {
    get('kill "$(cat /root/agent.pid)"');
    until('! kill -0 "$(cat /root/agent.pid)" 2>/dev/null');
  };

  copyFileSync("/etc/resolv.conf", at("/etc/resolv.conf"));
  packages.forEach((deb, index) => copyFileSync(deb, at(`/root/${["agent-1.0", "ctl-1.0", "agent-1.1", "ctl-1.1"][index]}.deb`)));
  get("apt-get -qq update");
  show("apt-get -qqy --no-install-recommends install /root/agent-1.0.deb /root/ctl-1.0.deb");
  show("phoenix-agent setup", 1);
  get("apt-get -qqy --no-install-recommends install lxc btrfs-progs");
  show("phoenix-agent setup");
  show("phoenix-agent setup --write");

  cpSync("examples/bin", at(`${users}/bin`), { recursive: true });
  cpSync("examples/phoenix_lxc_configs.json", at(`${users}/etc/phoenix_lxc_configs.json`));
  makeTemplate(at(`${users}/etc/base`));
  write("/etc/phoenix/agent.yaml", `${readFileSync(at("/etc/phoenix/agent.yaml"), "utf8")}listen: ${listen}\n`);
  show("phoenix-agent check");
  start();
  const token =
    show("phoenix-agent token create --role operator")
      .split("\n")
      .find((line) => line.startsWith("phx_")) ?? "";
  show(`phoenixctl host add here ${token}`);
  show("phoenixctl ps -H here");
  show("phoenixctl orchestrate --all -H here");
  show("phoenixctl letsgo 950 -H here");
  show("phoenixctl doctor -H here");

  const script = at(`${users}/bin/model.sh`);
  const text = readFileSync(script, "utf8");
  writeFileSync(script, text.replace("VERSION=1", "VERSION=2\nwhile ! [ -e /go ]; do echo waiting; sleep 1; done"));
  get("phoenixctl letsgo 950 -H here >/root/letsgo.log 2>&1 </dev/null & echo $! >/root/letsgo.pid");
  until("grep -q waiting /root/letsgo.log");
  show("dpkg -i /root/agent-1.1.deb /root/ctl-1.1.deb");
  stop();
  start();
  until("phoenixctl exec 950 -- touch /go");
  until('! kill -0 "$(cat /root/letsgo.pid)" 2>/dev/null');
  show("cat /root/letsgo.log");
  const runs = JSON.parse(get("phoenixctl run list 950 -o json")) as { runs: { kind: string; state: string }[] };
  claim("the run that was under way has succeeded", runs.runs[0]?.kind === "letsgo" && runs.runs[0].state === "succeeded");
  claim("950 has what version 2 made", get("phoenixctl exec 950 -- cat /srv/model/version").trim() === "2");

  const containers = () => get("lxc-ls -P /var/lib/phoenix/lxc -f -F NAME,STATE,PID");
  const before = containers();
  stop();
  show("apt-get -qqy remove phoenix-agent phoenixctl");
  claim("containers run on", containers() === before && before.includes("RUNNING"));
  show("apt-get -qqy purge phoenix-agent phoenixctl");
  claim("containers run on", containers() === before);
  show("find /etc/phoenix /var/lib/phoenix -maxdepth 2", 1);
}
