-- Names that one generation holds at a time. A row counts only while its generation has not ended; once that
-- leaves, only while the row is held.
CREATE TABLE leases (
  name TEXT PRIMARY KEY,
  generation INTEGER NOT NULL,
  held INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- How far each consumer of the feed has come.
CREATE TABLE cursors (
  consumer TEXT PRIMARY KEY,
  position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
