import { createHash } from "node:crypto";
import type { Database } from "better-sqlite3";
import { places, type ConfigBook, type ConfigFile, type ConfigVersion, type NewVersion } from "../domain/config.ts";
import { blobTable } from "./blobs.ts";
import { guarded } from "./faults.ts";

interface Row {
  readonly no: number;
  readonly hash: string;
  readonly cause: ConfigVersion["cause"];
  readonly author: string;
  readonly message: string;
  readonly at: number;
  readonly set_aside: string | null;
}

/** The tables of configurations; `folder` is for messages. */
export function configTable(database: Database, folder: string): ConfigBook {
  const columns = "no, hash, cause, author, message, at, set_aside";
  const insert = database.prepare(
    `INSERT INTO config_versions (hash, cause, author, message, at, set_aside, request_id)
     VALUES (@hash, @cause, @author, @message, @at, @set_aside, @request_id)`,
  );
  const insertFile = database.prepare(
    'INSERT INTO config_files (version, place, name, hash, "from") VALUES (@version, @place, @name, @hash, @from)',
  );
  const files = database.prepare<[number], ConfigFile>('SELECT place, name, hash, "from" FROM config_files WHERE version = ?');
  const one = (where: string) => database.prepare<[unknown], Row>(`SELECT ${columns} FROM config_versions WHERE ${where}`);
  const byNo = one("no = ?");
  const byRequest = one("request_id = ?");
  const newest = one("no = (SELECT max(no) FROM config_versions WHERE ? IS NULL)");
  const inForce = one("no = (SELECT max(no) FROM config_versions WHERE set_aside IS ?)");
  const page = database.prepare<[number, number], Row>(`SELECT ${columns} FROM config_versions WHERE no < ? ORDER BY no DESC LIMIT ?`);
  const begin = database.prepare(
    "INSERT INTO config_laying (only_one, version, removals) VALUES (1, ?, ?) ON CONFLICT (only_one) DO UPDATE SET version = excluded.version, removals = excluded.removals",
  );
  const begun = database.prepare<[], { readonly version: number; readonly removals: string }>(
    "SELECT version, removals FROM config_laying",
  );
  const end = database.prepare("DELETE FROM config_laying");
  const keeps = database.prepare<[string], 1>("SELECT 1 FROM config_files WHERE hash = ? LIMIT 1").pluck();
  const blobs = blobTable(database);

  const whole = (row: Row | undefined): ConfigVersion | null => (row === undefined ? null : { ...row, files: inOrder(files.all(row.no)) });

  function write(version: NewVersion): number {
    const { files: theirs, ...row } = version;
    const no = Number(insert.run({ ...row, hash: hashOf(theirs) }).lastInsertRowid);
    for (const { place, name, hash, from } of theirs) insertFile.run({ version: no, place, name, hash, from });
    return no;
  }

  const add = database.transaction<ConfigBook["add"]>((versions, contents, removals) => {
    for (const [hash, content] of contents) blobs.keep(hash, content);
    const no = versions.reduce((_, version) => write(version), 0);
    if (removals !== null) begin.run(no, JSON.stringify(removals));
    return whole(byNo.get(no)) as ConfigVersion;
  });

  return {
    add: (...args) => guarded(folder, () => add.immediate(...args)),
    get: (no) => guarded(folder, () => whole(byNo.get(no))),
    ofRequest: (request_id) => guarded(folder, () => whole(byRequest.get(request_id))),
    newest: () => guarded(folder, () => whole(newest.get(null))),
    inForce: () => guarded(folder, () => whole(inForce.get(null))),
    list: (limit, before) =>
      guarded(folder, () => page.all(before ?? Number.MAX_SAFE_INTEGER, limit).map((row) => whole(row) as ConfigVersion)),
    laying: () =>
      guarded(folder, () => {
        const row = begun.get();
        return row === undefined ? null : { version: row.version, removals: JSON.parse(row.removals) as ConfigFile[] };
      }),
    laid: () => guarded(folder, () => void end.run()),
    content: (hash) => guarded(folder, () => blobs.get(hash)),
    keeps: (hash) => guarded(folder, () => keeps.get(hash) === 1),
  };
}

function inOrder(files: readonly ConfigFile[]): readonly ConfigFile[] {
  return files.toSorted((a, b) => places.indexOf(a.place) - places.indexOf(b.place) || (a.name < b.name ? -1 : 1));
}

/** The same for the same places, names and contents, whoever brought them. */
function hashOf(files: readonly ConfigFile[]): string {
  const lines = inOrder(files).map(({ place, name, hash }) => JSON.stringify([place, name, hash]));
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}
