CREATE TABLE approvals (
  id TEXT PRIMARY KEY,
  session INTEGER NOT NULL,
  state TEXT NOT NULL,
  requested_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  resolved_at INTEGER,
  -- JSON: what was asked, and who decided.
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE blob_references (
  blob TEXT NOT NULL,
  session INTEGER NOT NULL,
  PRIMARY KEY (blob, session)
) STRICT, WITHOUT ROWID;

CREATE TABLE blobs (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  data BLOB NOT NULL
, bytes INTEGER, media_type TEXT NOT NULL DEFAULT 'application/octet-stream', name TEXT NOT NULL DEFAULT '', sha256 TEXT, file TEXT, created_at INTEGER) STRICT;

CREATE TABLE cursors (
  consumer TEXT PRIMARY KEY,
  position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
  position INTEGER PRIMARY KEY,
  session INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  type TEXT NOT NULL,
  v INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;

CREATE TABLE generations (
  number INTEGER PRIMARY KEY,
  version TEXT NOT NULL,
  pid INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER
, left_at INTEGER) STRICT;

CREATE TABLE grants (
  agent TEXT NOT NULL,
  rule TEXT NOT NULL,
  granted_at INTEGER NOT NULL,
  granted_by TEXT,
  PRIMARY KEY (agent, rule)
) STRICT, WITHOUT ROWID;

CREATE TABLE inbox (
  entry INTEGER PRIMARY KEY,
  session INTEGER NOT NULL,
  input TEXT NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  v INTEGER NOT NULL,
  body TEXT
) STRICT;

CREATE TABLE leases (
  name TEXT PRIMARY KEY,
  generation INTEGER NOT NULL,
  held INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE missed (
  number INTEGER PRIMARY KEY,
  schedule TEXT NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  count INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;

CREATE TABLE schedules (
  name TEXT PRIMARY KEY,
  -- When it runs, as it was last told; empty for one that is not in the configuration any more.
  plan TEXT NOT NULL DEFAULT '',
  paused INTEGER NOT NULL DEFAULT 0,
  -- Every slot up to this moment has fired or was missed. Goes back when the clock does.
  decided INTEGER NOT NULL DEFAULT 0,
  last_slot TEXT,
  last_at INTEGER,
  last_fired_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE session_grants (
  session INTEGER NOT NULL,
  rule TEXT NOT NULL,
  granted_at INTEGER NOT NULL,
  granted_by TEXT,
  PRIMARY KEY (session, rule)
) STRICT, WITHOUT ROWID;

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
, held INTEGER) STRICT;

CREATE TABLE slots (
  slot TEXT PRIMARY KEY,
  seq INTEGER NOT NULL,
  fired_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshots (
  session INTEGER PRIMARY KEY,
  seq INTEGER NOT NULL,
  format INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;

CREATE TABLE timers (
  id TEXT PRIMARY KEY,
  session TEXT NOT NULL,
  text TEXT NOT NULL,
  due INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE usage (
  session INTEGER NOT NULL,
  -- Hours since the epoch.
  hour INTEGER NOT NULL,
  model TEXT NOT NULL,
  purpose TEXT NOT NULL,
  person TEXT NOT NULL,
  schedule TEXT NOT NULL,
  calls INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  unmeasured INTEGER NOT NULL,
  unpriced INTEGER NOT NULL,
  input INTEGER NOT NULL,
  output INTEGER NOT NULL,
  cached INTEGER NOT NULL,
  cache_write INTEGER NOT NULL,
  reasoning INTEGER NOT NULL,
  cost INTEGER NOT NULL,
  PRIMARY KEY (session, hour, model, purpose, person, schedule)
) STRICT, WITHOUT ROWID;

CREATE INDEX approvals_of_session ON approvals (session, requested_at);

CREATE INDEX approvals_pending ON approvals (requested_at) WHERE state = 'pending';

CREATE UNIQUE INDEX events_of_session ON events (session, seq);

CREATE UNIQUE INDEX inbox_inputs ON inbox (session, input);

CREATE INDEX inbox_waiting ON inbox (session) WHERE body IS NOT NULL;

CREATE INDEX missed_of_schedule ON missed (schedule, number);

CREATE INDEX sessions_not_idle ON sessions (shown, name) WHERE shown <> 'idle';

CREATE INDEX timers_due ON timers (due, id);

CREATE INDEX timers_of_session ON timers (session, due);
