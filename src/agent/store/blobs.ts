import type { Database } from "better-sqlite3";
import { Fault } from "../domain/errors.ts";
import type { BlobHash } from "../domain/step.ts";

/** The table of contents that plans refer to by hash. */
export function blobTable(database: Database) {
  const insert = database.prepare("INSERT INTO blobs (hash, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING");
  const use = database.prepare("INSERT INTO blob_uses (batch, hash) VALUES (?, ?)");
  const bytes = database.prepare<[string], Buffer>("SELECT bytes FROM blobs WHERE hash = ?").pluck();
  return {
    /** Keeps a content for whoever refers to it in the same transaction. What is there already is not written again. */
    keep: (hash: BlobHash, content: Uint8Array): void => {
      insert.run(hash, content);
    },
    /** Keeps contents for as long as the runs of a batch are kept. What is there already is not written again. */
    add: (batch: number, blobs: ReadonlyMap<BlobHash, Uint8Array>): void => {
      for (const [hash, content] of blobs) {
        insert.run(hash, content);
        use.run(batch, hash);
      }
    },
    get: (hash: BlobHash): Uint8Array => {
      const found = bytes.get(hash);
      if (found === undefined) throw new Fault("STORE", `the content ${hash} is not in the database`);
      return found;
    },
  };
}
