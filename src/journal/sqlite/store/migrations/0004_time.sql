-- One row for each schedule that was ever in the configuration.
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

-- Rows stay for good, so that a slot fires once whatever the clock says.
CREATE TABLE slots (
  slot TEXT PRIMARY KEY,
  seq INTEGER NOT NULL,
  fired_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE missed (
  number INTEGER PRIMARY KEY,
  schedule TEXT NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  count INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;

CREATE INDEX missed_of_schedule ON missed (schedule, number);

-- Reminders that are not due yet; a row goes when it fires.
CREATE TABLE timers (
  id TEXT PRIMARY KEY,
  session TEXT NOT NULL,
  text TEXT NOT NULL,
  due INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX timers_due ON timers (due, id);
CREATE INDEX timers_of_session ON timers (session, due);
