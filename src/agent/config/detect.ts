import { existsSync } from "node:fs";
import { join } from "node:path";
import { usersFolder, type HostFacts } from "./setup.ts";

/** Looks at a host; `root` is "/" but in tests. */
export function detect(root = "/"): HostFacts {
  const there = (path: string) => (existsSync(join(root, path)) ? path : null);
  const first = (...paths: readonly string[]) => paths.find((path) => there(path) !== null) ?? null;
  return {
    pct: first("/usr/sbin/pct", "/usr/bin/pct"),
    pve: there("/etc/pve/lxc"),
    lxcStart: first("/usr/bin/lxc-start", "/bin/lxc-start"),
    manifest: there(join(usersFolder, "etc/phoenix_lxc_configs.json")),
    scripts: there(join(usersFolder, "bin")),
    features: there(join(usersFolder, "bin/lxc_setup")),
    systemd: there("/run/systemd/system"),
  };
}
