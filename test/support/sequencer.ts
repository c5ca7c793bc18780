// The order in which jest begins test files: the dear ones first, so that no worker has one left when the others have nothing any more. Jest
// does so by itself once it knows how long they take, which a fresh clone does not.
import type jest from "@jest/test-sequencer";
import { createRequire } from "node:module";

// Its types are those of what require() gives.
const { default: TestSequencer } = createRequire(import.meta.url)("@jest/test-sequencer") as typeof jest;
type Tests = Parameters<InstanceType<typeof TestSequencer>["sort"]>[0];

/** What waits for containers, executables and kills, or tries very much; all else takes seconds. */
const dear = [
  /\/driver\/(proxmox|pct|lxc)/,
  /\/e2e\/letsgo/,
  /\/trust\/fuzz/,
  /\/crash\//,
  /\/e2e\//,
  /\/(docs\/run|driver\/diff\/btrfs|package\/|bench\/)/,
  /\/run\//,
  /\/(boot\/laws|ctl\/exec|fleet\/network|rules\/imports)/,
];

function rank(path: string): number {
  const at = dear.findIndex((pattern) => pattern.test(path));
  return at < 0 ? dear.length : at;
}

export default class DearFirst extends TestSequencer {
  override async sort(tests: Tests): Promise<Tests> {
    return [...(await super.sort(tests))].sort((a, b) => rank(a.path) - rank(b.path));
  }
}
