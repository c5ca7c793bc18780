import { readFileSync } from "node:fs";
import { wrap } from "../../src/ctl/render/text.ts";
import type { Package } from "./deb.ts";
import { from, gzipped, type PackagedFile } from "./tree.ts";

/** What the packages are made from besides the checkout. */
export interface Made {
  readonly version: string;
  /** Manual pages, by name: "phoenixctl.1". */
  readonly manuals: ReadonlyMap<string, string>;
  /** What `phoenixctl completion SHELL` prints, by shell. */
  readonly completions: ReadonlyMap<string, string>;
  /** The time of the packages, seconds since 1970. */
  readonly epoch: number;
  /** The commented settings. */
  readonly settings: string;
}

const common = [
  ["Maintainer", "The Phoenix maintainers <maintainers@phoenix.invalid>"],
  ["Section", "admin"],
  ["Priority", "optional"],
] as const;

/** What Node's own executable links. */
const libraries = "libatomic1, libc6 (>= 2.28), libgcc-s1 (>= 3.4), libstdc++6 (>= 9)";

const paragraphs = (title: string, ...lines: readonly string[]) => [title, ...lines.map((line) => ` ${line}`)].join("\n");

export function agentPackage(made: Made): Package {
  const { version, manuals, settings } = made;
  const name = "phoenix-agent";
  return {
    name,
    version,
    fields: [
      ...common,
      ["Depends", `${libraries}, perl, systemd`],
      ["Recommends", "phoenixctl"],
      ["Suggests", "pve-container | lxc, btrfs-progs"],
      [
        "Description",
        paragraphs(
          "restores, provisions and snapshots the LXC containers of a host",
          "An agent for a Proxmox host, or a Debian with LXC, that gets containers back:",
          "restored to a known snapshot, provisioned by their script, checked, and",
          "snapshotted again. Its runs survive the agent's and the host's end.",
        ),
      ],
    ],
    files: [
      from("dist/phoenix-agent", "usr/bin/phoenix-agent", 0o755),
      from("packaging/phoenix_orchestrator.sh", "usr/bin/phoenix_orchestrator.sh", 0o755),
      from("packaging/phoenix-agent.service", "lib/systemd/system/phoenix-agent.service"),
      { path: `usr/share/doc/${name}/examples/agent.yaml`, content: settings, mode: 0o644 },
      from("examples/phoenix_lxc_configs.json", `usr/share/doc/${name}/examples/phoenix_lxc_configs.json`),
      manual(manuals, "phoenix-agent.8"),
      manual(manuals, "phoenix_orchestrator.sh.1"),
      ...papers(name, made),
      overrides(name, [
        // Its name is what users have in their fingers.
        "script-with-language-extension [usr/bin/phoenix_orchestrator.sh]",
        ...ofExecutable("usr/bin/phoenix-agent"),
        // The version of Proxmox is looked at whenever containers are, and dpkg-query would be a process each time. It is only read.
        "uses-dpkg-database-directly [usr/bin/phoenix-agent]",
      ]),
    ],
    scripts: Object.fromEntries(
      ["preinst", "postinst", "prerm", "postrm"].map((script) => [script, readFileSync(`packaging/${name}.${script}`, "utf8")]),
    ),
  };
}

export function clientPackage(made: Made): Package {
  const { version, manuals, completions } = made;
  const name = "phoenixctl";
  const places: Readonly<Record<string, string>> = {
    bash: "usr/share/bash-completion/completions/phoenixctl",
    zsh: "usr/share/zsh/vendor-completions/_phoenixctl",
    fish: "usr/share/fish/vendor_completions.d/phoenixctl.fish",
  };
  return {
    name,
    version,
    fields: [
      ...common,
      ["Depends", libraries],
      [
        "Description",
        paragraphs(
          "manages LXC containers on many hosts through their Phoenix agents",
          "The client of phoenix-agent: says what is wanted of which container on which",
          "host, and shows what happens.",
        ),
      ],
    ],
    files: [
      from("dist/phoenixctl", "usr/bin/phoenixctl", 0o755),
      ...[...completions].flatMap(([shell, content]): PackagedFile[] => {
        const path = places[shell];
        return path === undefined ? [] : [{ path, content, mode: 0o644 }];
      }),
      manual(manuals, "phoenixctl.1"),
      ...papers(name, made),
      overrides(name, ofExecutable("usr/bin/phoenixctl")),
    ],
    scripts: {},
  };
}

/** For a Linux that is no Debian. */
export function archived(): readonly PackagedFile[] {
  return [
    from("dist/phoenix-agent", "phoenix-agent", 0o755),
    from("dist/phoenixctl", "phoenixctl", 0o755),
    from("packaging/phoenix_orchestrator.sh", "phoenix_orchestrator.sh", 0o755),
    from("packaging/phoenix-agent.service", "phoenix-agent.service"),
    from("README.md", "README.md"),
    from("LICENSE", "LICENSE"),
  ];
}

function manual(manuals: ReadonlyMap<string, string>, name: string): PackagedFile {
  const section = name.at(-1) ?? "1";
  return { path: `usr/share/man/man${section}/${name}.gz`, content: gzipped(manuals.get(name) ?? ""), mode: 0o644 };
}

function papers(name: string, { version, epoch }: Made): PackagedFile[] {
  return [
    from("packaging/copyright", `usr/share/doc/${name}/copyright`),
    { path: `usr/share/doc/${name}/changelog.gz`, content: gzipped(changelog(version, epoch)), mode: 0o644 },
  ];
}

/** The first section of CHANGELOG.md, as Debian writes it: its items, in lines of at most 80 columns. */
export function changelog(version: string, epoch: number, text = readFileSync("CHANGELOG.md", "utf8")): string {
  const [, newest = ""] = text.split(/^## .*$/m);
  const [, ...items] = `\n${newest.trim()}`.split(/^- /m);
  const lines = items.flatMap((item) =>
    wrap(item.trim().replace(/\s+/g, " "), 76).map((line, index) => `${index === 0 ? "  * " : "    "}${line}`),
  );
  const date = new Date(epoch * 1000).toUTCString().replace("GMT", "+0000");
  const [, maintainer] = common[0];
  return `phoenix (${version}) stable; urgency=medium\n\n${lines.join("\n")}\n\n -- ${maintainer}  ${date}\n`;
}

function overrides(name: string, tags: readonly string[]): PackagedFile {
  return { path: `usr/share/lintian/overrides/${name}`, content: tags.map((tag) => `${name}: ${tag}\n`).join(""), mode: 0o644 };
}

/** An executable with Node and everything else inside is what this is. */
function ofExecutable(path: string): string[] {
  return [`embedded-library * [${path}]`, `hardening-no-pie [${path}]`];
}
