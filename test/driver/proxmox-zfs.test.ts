import { describeContainers } from "../support/describe-containers.ts";
import { driverContract } from "./contract.ts";
import { contractHost } from "./proxmox/contract-host.ts";

describeContainers("Proxmox, over the stand-in for pct", () => {
  driverContract("proxmox on ZFS", () => contractHost("zp", true, null));
});
