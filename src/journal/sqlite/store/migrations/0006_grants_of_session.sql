-- What people have approved for the rest of one session. Kept like what holds for every session of an agent, so that it
-- can be listed and taken back while any generation runs the session.
CREATE TABLE session_grants (
  session INTEGER NOT NULL,
  rule TEXT NOT NULL,
  granted_at INTEGER NOT NULL,
  granted_by TEXT,
  PRIMARY KEY (session, rule)
) STRICT, WITHOUT ROWID;

-- Earlier releases knew them from the events alone. A damaged record grants nothing.
INSERT OR IGNORE INTO session_grants (session, rule, granted_at, granted_by)
SELECT session, rule, at, granted_by
FROM (
  SELECT
    session,
    at,
    CASE WHEN json_valid(body) THEN body ->> '$.scope' END AS scope,
    CASE WHEN json_valid(body) THEN CAST(body ->> '$.rule' AS TEXT) END AS rule,
    CASE WHEN json_valid(body) THEN CAST(body ->> '$.from' AS TEXT) END AS granted_by
  FROM events
  WHERE type = 'approval_resolved'
)
WHERE scope = 'session' AND rule IS NOT NULL;
