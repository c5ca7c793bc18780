import { lxcGround } from "./support/house.ts";
import { letsgoSuite } from "./support/letsgo-suite.ts";

letsgoSuite("lxc", lxcGround);
