import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installedVersion, versionOf } from "../../../src/agent/driver/proxmox/version.ts";

const entry = (name: string, version: string, status = "install ok installed") =>
  `Package: ${name}\nStatus: ${status}\nPriority: optional\nVersion: ${version}\nDescription: it\n Version: not this one\n`;

test.each([
  ["among others", `${entry("pve-container", "5.3.5")}\n${entry("pve-manager", "8.4.14")}\n${entry("zlib1g", "1.3")}`, "8.4.14"],
  ["as the first", `${entry("pve-manager", "9.1.2")}\n${entry("zlib1g", "1.3")}`, "9.1.2"],
  ["taken away, with its configuration left", entry("pve-manager", "8.4.14", "deinstall ok config-files"), null],
  ["not there", entry("pve-manager-helper", "8.4.14"), null],
  ["nothing", "", null],
])("a package %s", (_, status, version) => expect(installedVersion(status, "pve-manager")).toBe(version));

describe("the version of this host", () => {
  const folder = mkdtempSync(join(tmpdir(), "phoenix-version-"));
  const dpkg_status = join(folder, "status");
  afterAll(() => rmSync(folder, { recursive: true }));

  test("is that of the package, also after an upgrade; what the settings say comes first", async () => {
    const now = (version = "") => versionOf({ version, dpkg_status });
    expect(await now()).toEqual({ by: "proxmox", version: "8", known: "assumed" });
    writeFileSync(dpkg_status, entry("pve-manager", "9.1.1"));
    expect(await now()).toEqual({ by: "proxmox", version: "9.1.1", known: "installed" });
    writeFileSync(dpkg_status, entry("pve-manager", "9.1.10"));
    expect(await now()).toEqual({ by: "proxmox", version: "9.1.10", known: "installed" });
    expect(await now("8.4")).toEqual({ by: "proxmox", version: "8.4", known: "said" });
  });
});
