/**
 * What has become of the database, version by version: the version of a file is the number of these that it has seen. A row
 * that was released is never changed; whatever is new is one more row.
 */
export const migrations: readonly string[] = [
  `
  -- Times are milliseconds since 1970.
  CREATE TABLE batches (
    no INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    request_id TEXT NOT NULL UNIQUE,
    at REAL NOT NULL
  ) STRICT;

  -- What a run is follows from its plan and events; phase and times are kept beside them to be searched for.
  CREATE TABLE runs (
    no INTEGER PRIMARY KEY, -- in the order of writing
    id TEXT NOT NULL UNIQUE,
    batch INTEGER NOT NULL REFERENCES batches (no),
    kind TEXT NOT NULL,
    ctid INTEGER NOT NULL,
    phase TEXT NOT NULL,
    plan TEXT NOT NULL, -- JSON
    started REAL,
    finished REAL
  ) STRICT;
  CREATE UNIQUE INDEX one_run_per_container ON runs (ctid) WHERE phase IN ('running', 'undoing');
  CREATE INDEX runs_of_container ON runs (ctid, kind, phase);
  CREATE INDEX runs_in_phase ON runs (phase);
  CREATE INDEX runs_finished ON runs (finished) WHERE finished IS NOT NULL;
  CREATE INDEX runs_of_batch ON runs (batch);

  CREATE TABLE edges (
    run INTEGER NOT NULL REFERENCES runs (no) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    awaited INTEGER NOT NULL REFERENCES runs (no) ON DELETE CASCADE,
    need TEXT NOT NULL,
    PRIMARY KEY (run, place)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX edges_to ON edges (awaited);

  CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL REFERENCES runs (no) ON DELETE CASCADE,
    at REAL NOT NULL,
    output_of TEXT, -- the step, for output; null for everything else
    bytes INTEGER NOT NULL, -- of output
    dropped INTEGER NOT NULL, -- bytes of output that are missing right before this
    body TEXT NOT NULL -- JSON
  ) STRICT;
  CREATE INDEX events_of_run ON events (run);
  CREATE INDEX story_of_run ON events (run) WHERE output_of IS NULL;
  CREATE INDEX output_of_run ON events (run, output_of) WHERE output_of IS NOT NULL;

  CREATE TABLE blobs (
    hash TEXT PRIMARY KEY,
    bytes BLOB NOT NULL
  ) STRICT;
  CREATE TABLE blob_uses (
    batch INTEGER NOT NULL REFERENCES batches (no) ON DELETE CASCADE,
    hash TEXT NOT NULL REFERENCES blobs (hash),
    PRIMARY KEY (batch, hash)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX uses_of_blob ON blob_uses (hash);

  CREATE TABLE ledgers (
    ctid INTEGER PRIMARY KEY,
    body TEXT NOT NULL -- JSON
  ) STRICT;
  `,
  `
  CREATE TABLE leases (
    ctid INTEGER PRIMARY KEY,
    holder TEXT NOT NULL,
    reason TEXT NOT NULL,
    since REAL NOT NULL,
    until REAL NOT NULL
  ) STRICT;
  `,
  `
  -- Their seq is taken from the sequence of events, so that both are in one order.
  CREATE TABLE host_events (
    seq INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    ctid INTEGER,
    run TEXT,
    body TEXT NOT NULL -- JSON
  ) STRICT;
  INSERT INTO sqlite_sequence (name, seq) SELECT 'events', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'events');
  -- Of runs, what the owner of the host wants to know.
  CREATE INDEX milestones ON events (seq) WHERE output_of IS NULL AND body ->> 'type' IN ('started', 'resumed', 'finished');
  `,
  `
  -- A key names a schedule. What was seen of it, and whether it is paused, outlives its being taken out of the settings.
  CREATE TABLE schedules_seen (
    key TEXT PRIMARY KEY,
    rule TEXT NOT NULL,
    until REAL NOT NULL,
    fired REAL,
    missed REAL
  ) STRICT;
  CREATE TABLE schedules_paused (
    key TEXT PRIMARY KEY,
    at REAL NOT NULL
  ) STRICT;
  `,
  `
  ALTER TABLE batches ADD COLUMN refused TEXT NOT NULL DEFAULT '[]'; -- JSON: the plans that might not begin
  `,
  `
  -- Join tokens that nobody has used yet.
  CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL, -- of the secret, which is nowhere
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    since REAL NOT NULL,
    until REAL NOT NULL,
    made_by TEXT NOT NULL
  ) STRICT;

  -- Certificates that were given out.
  CREATE TABLE certificates (
    fingerprint TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    since REAL NOT NULL,
    until REAL NOT NULL,
    revoked REAL,
    used REAL,
    used_from TEXT
  ) STRICT;
  CREATE INDEX certificates_of ON certificates (name);
  `,
  `
  CREATE TABLE config_versions (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    hash TEXT NOT NULL,
    cause TEXT NOT NULL,
    author TEXT NOT NULL,
    message TEXT NOT NULL,
    at REAL NOT NULL,
    set_aside TEXT, -- why it did not come into force
    request_id TEXT UNIQUE
  ) STRICT;
  CREATE TABLE config_files (
    version INTEGER NOT NULL REFERENCES config_versions (no),
    place TEXT NOT NULL,
    name TEXT NOT NULL,
    hash TEXT NOT NULL REFERENCES blobs (hash),
    "from" TEXT NOT NULL,
    PRIMARY KEY (version, place, name)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX config_uses_of_blob ON config_files (hash);

  -- A version that is in force and does not lie on the host's disk yet.
  CREATE TABLE config_laying (
    only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
    version INTEGER NOT NULL REFERENCES config_versions (no),
    removals TEXT NOT NULL -- JSON
  ) STRICT;

  -- The version of the configuration that the runs of a batch were planned with.
  ALTER TABLE batches ADD COLUMN config INTEGER;
  `,
  `
  -- Who starts containers when the host has booted; one row, or none while nobody has chosen.
  CREATE TABLE boot_owner (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    owner TEXT NOT NULL,
    since REAL,
    change_to TEXT, -- a change that is under way, and the request that its runs belong to
    request_id TEXT,
    trouble TEXT NOT NULL
  ) STRICT;
  CREATE TABLE host_boots (
    no INTEGER PRIMARY KEY,
    boot_id TEXT NOT NULL UNIQUE,
    seen REAL NOT NULL,
    left_to TEXT NOT NULL,
    remark TEXT NOT NULL
  ) STRICT;
  `,
  `
  -- Rows are only ever added. A hash covers its row and, by the hash before it, all earlier ones.
  CREATE TABLE audit (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    body TEXT NOT NULL, -- JSON
    hash BLOB NOT NULL,
    at REAL NOT NULL AS (body ->> 'at') VIRTUAL,
    who TEXT AS (body ->> 'who') VIRTUAL,
    of INTEGER AS (body ->> 'of') VIRTUAL -- of an end, the number of its call
  ) STRICT;
  CREATE INDEX audit_ends ON audit (of) WHERE of IS NOT NULL;
  CREATE INDEX audit_calls ON audit (no) WHERE of IS NULL;
  -- The last row that was pruned.
  CREATE TABLE audit_base (
    no INTEGER NOT NULL,
    hash BLOB NOT NULL
  ) STRICT;
  INSERT INTO audit_base (no, hash) VALUES (0, zeroblob(32));
  `,
  `
  CREATE TABLE protections (
    ctid INTEGER NOT NULL,
    name TEXT NOT NULL,
    created REAL, -- of the snapshot; null where the platform does not say
    since REAL NOT NULL,
    PRIMARY KEY (ctid, name)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE gpu_idle (
    ctid INTEGER PRIMARY KEY,
    idle_ms REAL NOT NULL,
    seen REAL NOT NULL
  ) STRICT;
  `,
  `
  -- What is to be told outside of Phoenix and has not arrived, in that order.
  CREATE TABLE notices (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    run TEXT NOT NULL,
    at REAL NOT NULL,
    body TEXT NOT NULL, -- JSON, sent as it is
    attempts INTEGER NOT NULL DEFAULT 0,
    next REAL NOT NULL DEFAULT 0
  ) STRICT;
  -- The event from which on they are to be made; one row, or none while nobody wants any.
  CREATE TABLE notices_from (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    seq INTEGER NOT NULL
  ) STRICT;
  `,
];
