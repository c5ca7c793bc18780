import { letsgoSuite } from "./support/letsgo-suite.ts";
import { proxmoxGround } from "./support/proxmox-ground.ts";

letsgoSuite("proxmox over the stand-in for pct, btrfs", proxmoxGround);
