// a. A whole letsgo on plain LXC, beside a shell script with the same bare commands.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installDebianPackages } from "../../../build/debian.mjs";
import { ask } from "../../../src/ctl/fleet/host.ts";
import { makePool, whyNoContainers, type TestPool } from "../../support/pool.ts";
import { interleaved, ratios } from "../support/measure.ts";
import { row, type Row, type Section, type Size } from "../support/report.ts";
import { atEnd, command, executables, makeStage, runs, startAgent, type RunningAgent } from "../support/stage.ts";

const title = "A whole letsgo on plain LXC, beside the same bare commands in sh";
const ctid = 950;
const application = "#!/bin/sh\necho provisioned >/root/application\n";

export async function letsgo(size: Size): Promise<Section> {
  const why = whyNoContainers();
  if (why !== null) return { letter: "a", title, rows: [], notes: [`Not measured: no containers can run here (${why}).`] };
  const pool = makePool("btrfs", "4G");
  const dispose = atEnd(pool.dispose);
  try {
    const busybox = await beside(pool, "busybox", pool.template, "true", size.pick(2, 25), 1.5);
    const debian = size.form === "short" ? "left out of the short form" : debianRootfs(pool);
    if (typeof debian === "string") return { letter: "a", title, rows: busybox, notes: [...notes, `Debian was not measured: ${debian}.`] };
    const up = 'state=$(systemctl is-system-running 2>/dev/null); [ "$state" = running ] || [ "$state" = degraded ]';
    return { letter: "a", title, rows: [...busybox, ...(await beside(pool, "Debian", debian.folder, up, 12, 1.1))], notes };
  } finally {
    dispose();
  }
}

const notes = [
  "The ratio of a whole command is (letsgo − the client's bare start-up) ÷ sh, round by round; the bare start-up is `phoenixctl --version`.",
  "The agent's own time is that of the run, from its first step to its end, without what the platform's commands and the scripts took.",
];

/** Rows for one root file system; `up` is the shell command by which sh finds out that the container is ready. */
async function beside(pool: TestPool, name: string, template: string, up: string, rounds: number, goal: number): Promise<readonly Row[]> {
  const container = { name: "bench", template, memory_mb: 512, cores: 2, unprivileged: false, application_script: "app.sh" };
  const stage = makeStage(["driver: lxc", `lxc: { path: ${pool.path} }`], { [ctid]: container }, { "app.sh": application });
  const agent = await startAgent(stage);
  try {
    await runs(agent.host, "RUN_KIND_ORCHESTRATE", [ctid]);
    const bare = bareContainer(pool, ctid, up);
    const env = { PHOENIX_SOCKET: stage.socket };
    const taken = await interleaved(rounds, {
      letsgo: () => command([executables.ctl, "letsgo", String(ctid)], env),
      sh: () => command(["sh", bare.script]),
      client: () => command([executables.ctl, "--version"]),
    });
    const inside = await ownTimes(agent, rounds);
    bare.stop();
    const beyond = taken.letsgo.map((ms, round) => ms - (taken.client[round] ?? 0));
    return [
      row(`${name}: \`phoenixctl letsgo\``, "ms", taken.letsgo, {
        beside: { what: "sh", theirs: taken.sh },
        ratio: ratios(beyond, taken.sh),
        goal: { at: "most", value: goal },
      }),
      row(`${name}: the run inside the agent`, "ms", inside.whole),
      row(`${name}: the agent's own time in it`, "ms", inside.own, { goal: { at: "most", value: 20 } }),
      row(`${name}: the client's bare start-up`, "ms", taken.client),
    ];
  } finally {
    await agent.stop();
    spawnSync("lxc-stop", ["-P", pool.path, "-n", String(ctid), "-k"]);
    stage.dispose();
    rmSync(join(pool.path, String(ctid), "config"), { force: true });
    // Each root file system has the container anew.
    spawnSync("mv", [join(pool.path, String(ctid)), join(pool.path, `.done-${name}`)]);
  }
}

async function ownTimes(
  { host }: RunningAgent,
  limit: number,
): Promise<{ readonly whole: readonly number[]; readonly own: readonly number[] }> {
  const { runs: last } = await ask(host, host.services.orchestration.ListRuns, { ctid, limit });
  const ms = (time: { seconds: unknown; nanos: number } | null) => Number(time?.seconds ?? 0) * 1000 + (time?.nanos ?? 0) / 1e6;
  const whole = last.map(({ started_at, finished_at }) => ms(finished_at) - ms(started_at));
  return { whole, own: last.map(({ platform_ms }, at) => Math.max(0, (whole[at] ?? 0) - platform_ms)) };
}

/** The same container once more, with subvolumes and a script of its own, without Phoenix. */
function bareContainer(pool: TestPool, like: number, up: string): { readonly script: string; readonly stop: () => void } {
  const config = readFileSync(join(pool.path, String(like), "config"), "utf8");
  const rootfs = /^lxc\.rootfs\.path *= *(?:dir:|btrfs:)?(\S+)$/m.exec(config)?.[1] ?? "";
  const home = join(pool.folder, "mnt", "bare");
  spawnSync("btrfs", ["subvolume", "delete", ...["rootfs", "base", "final"].map((name) => join(home, "sh", name))]);
  rmSync(home, { recursive: true, force: true });
  mkdirSync(join(home, "sh"), { recursive: true });
  const text = config
    .split("\n")
    .filter((line) => !line.includes("phoenix") || line.startsWith("lxc.rootfs.path"))
    .join("\n")
    .replaceAll(rootfs, join(home, "sh/rootfs"))
    .replace(/^lxc\.uts\.name.*$/m, "lxc.uts.name = sh");
  writeFileSync(join(home, "sh/config"), text);
  for (const name of ["rootfs", "base", "final"]) {
    const made = spawnSync("btrfs", ["subvolume", "snapshot", ...(name === "rootfs" ? [] : ["-r"]), rootfs, join(home, "sh", name)]);
    if (made.status !== 0) throw new Error(`a subvolume for sh can't be made: ${made.stderr.toString()}`);
  }
  writeFileSync(join(home, "app.sh"), application);
  const script = join(home, "letsgo.sh");
  writeFileSync(
    script,
    `set -e
P=${home} N=sh H=${home}/sh
lxc-stop -P $P -n $N -k || true
btrfs -q subvolume snapshot $H/base $H/next
mv $H/rootfs $H/old
mv $H/next $H/rootfs
btrfs -q subvolume delete $H/old
lxc-start -P $P -n $N
until lxc-attach -P $P -n $N --clear-env -- sh -c '${up.replaceAll("'", "'\\''")}' </dev/null 2>/dev/null; do sleep 0.01; done
lxc-attach -P $P -n $N --clear-env -- sh -s <${home}/app.sh
btrfs -q subvolume snapshot -r $H/rootfs $H/final.new
btrfs -q subvolume delete $H/final
mv $H/final.new $H/final
`,
  );
  return { script, stop: atEnd(() => void spawnSync("lxc-stop", ["-P", home, "-n", "sh", "-k"])) };
}

/** A Debian with systemd, made once and kept beside the build; or why there is none. */
function debianRootfs(pool: TestPool): { readonly folder: string } | string {
  const archive = ".cache/bench/debian.tar";
  if (!existsSync(archive)) {
    const problem =
      spawnSync("sh", ["-c", "command -v mmdebstrap"]).status === 0
        ? undefined
        : installDebianPackages(["mmdebstrap"], "the benchmark wants a Debian root file system");
    if (problem) return problem;
    mkdirSync(".cache/bench", { recursive: true });
    const made = spawnSync(
      "mmdebstrap",
      ["--quiet", "--variant=minbase", "--include=systemd-sysv,dbus", "bookworm", `${archive}.part`, "--format=tar"],
      {
        encoding: "utf8",
      },
    );
    if (made.status !== 0) return `mmdebstrap failed: ${made.stderr.trim().split("\n").at(-1) ?? ""}`;
    spawnSync("mv", [`${archive}.part`, archive]);
  }
  const folder = join(pool.folder, "mnt", "debian");
  mkdirSync(folder);
  const unpacked = spawnSync("tar", ["-C", folder, "-xf", archive, "--exclude=./dev/*"], { encoding: "utf8" });
  return unpacked.status === 0 ? { folder } : `its archive can't be unpacked: ${unpacked.stderr.trim().split("\n").at(-1) ?? ""}`;
}
