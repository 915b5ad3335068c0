-- Questions to people, kept beside the events so that all that are open can be listed without reading any session.
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

CREATE INDEX approvals_pending ON approvals (requested_at) WHERE state = 'pending';

-- What people have approved for every session of an agent.
CREATE TABLE grants (
  agent TEXT NOT NULL,
  rule TEXT NOT NULL,
  granted_at INTEGER NOT NULL,
  granted_by TEXT,
  PRIMARY KEY (agent, rule)
) STRICT, WITHOUT ROWID;
