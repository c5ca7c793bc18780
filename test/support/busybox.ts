// A root file system that is made in no time: busybox and an init.
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Starts what is in /etc/start.d, and stops at once, unless there is a file /stubborn: busybox's own init takes seconds (facts/lxc.md). */
const tinit = `#!/bin/sh
trap '[ -e /stubborn ] || exit 0' PWR TERM INT
for file in /etc/start.d/*; do [ -f "$file" ] && sh "$file"; done
while :; do sleep 3600 & wait $!; done
`;

/** Makes a busybox rootfs in a new folder. */
export function makeTemplate(folder: string): void {
  for (const name of ["bin", "sbin", "usr", "proc", "sys", "dev", "etc", "root", "run", "tmp", "var"])
    mkdirSync(join(folder, name), { recursive: true });
  const busybox = ["/bin/busybox", "/usr/bin/busybox"].find((file) => existsSync(file)) ?? "busybox";
  writeFileSync(join(folder, "bin/busybox"), readFileSync(busybox), { mode: 0o755 });
  for (const applet of execFileSync(busybox, ["--list"], { encoding: "utf8" }).trim().split("\n"))
    if (applet !== "busybox") symlinkSync("busybox", join(folder, "bin", applet));
  for (const name of ["bin", "sbin"]) symlinkSync(`../${name}`, join(folder, "usr", name));
  writeFileSync(join(folder, "sbin/tinit"), tinit, { mode: 0o755 });
  symlinkSync("tinit", join(folder, "sbin/init"));
  writeFileSync(join(folder, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
  writeFileSync(join(folder, "etc/group"), "root:x:0:\n");
  chmodSync(join(folder, "root"), 0o700);
  chmodSync(join(folder, "tmp"), 0o1777);
}
