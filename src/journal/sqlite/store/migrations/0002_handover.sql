-- Since when a generation leaves: from then on it owns only what `sessions.held` says, so that all its idle sessions
-- are free by one row.
ALTER TABLE generations ADD COLUMN left_at INTEGER;

-- The leaving generation that keeps the session until its next step boundary.
ALTER TABLE sessions ADD COLUMN held INTEGER;
