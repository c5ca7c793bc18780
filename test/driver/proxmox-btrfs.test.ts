import { describeContainers } from "../support/describe-containers.ts";
import { driverContract, ofStorage } from "./contract.ts";
import { contractHost } from "./proxmox/contract-host.ts";

describeContainers("Proxmox, over the stand-in for pct", () => {
  // The whole contract runs on ZFS (proxmox-zfs.test.ts); what the storage has no part in is the same here.
  driverContract("proxmox on btrfs", () => contractHost("btr", false, /disk image/), ofStorage);
});
