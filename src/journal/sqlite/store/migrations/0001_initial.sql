CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO meta VALUES ('store', lower(hex(randomblob(8))));

CREATE TABLE generations (
  number INTEGER PRIMARY KEY,
  version TEXT NOT NULL,
  pid INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;

-- Rows are never deleted, so max(id) is their number.
CREATE TABLE sessions (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  agent TEXT NOT NULL,
  -- Counts only while that generation has not ended: ending one frees all its sessions by a single row.
  owner INTEGER,
  seq INTEGER NOT NULL DEFAULT 0,
  -- What the last append said; `shown` is what is listed.
  status TEXT NOT NULL DEFAULT 'idle',
  -- Number of inbox rows that wait.
  pending INTEGER NOT NULL DEFAULT 0,
  wake_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  damaged TEXT,
  shown TEXT NOT NULL AS (
    CASE
      WHEN damaged IS NOT NULL THEN 'quarantined'
      WHEN status = 'idle' AND pending > 0 THEN 'queued'
      ELSE status
    END
  ) VIRTUAL
) STRICT;

-- Idle sessions are in no index but their name's: nothing at boot reads them.
CREATE INDEX sessions_not_idle ON sessions (shown, name) WHERE shown <> 'idle';

-- Ordered by arrival, not clustered by session: a group commit then writes to few pages.
CREATE TABLE events (
  position INTEGER PRIMARY KEY,
  session INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  type TEXT NOT NULL,
  v INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX events_of_session ON events (session, seq);

-- Rows stay for good, so that a late duplicate is recognised; the body goes when the input is consumed.
CREATE TABLE inbox (
  entry INTEGER PRIMARY KEY,
  session INTEGER NOT NULL,
  input TEXT NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  v INTEGER NOT NULL,
  body TEXT
) STRICT;

CREATE UNIQUE INDEX inbox_inputs ON inbox (session, input);
CREATE INDEX inbox_waiting ON inbox (session) WHERE body IS NOT NULL;

CREATE TABLE snapshots (
  session INTEGER PRIMARY KEY,
  seq INTEGER NOT NULL,
  format INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;

CREATE TABLE blobs (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  data BLOB NOT NULL
) STRICT;
