-- What model calls used and cost, added up for each hour. Texts are empty where there is no person or schedule. Costs
-- are in billionths of a US dollar.
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
