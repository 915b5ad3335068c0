-- What is known about a blob besides its bytes. Long blobs have a file of their own, which `file` names; their `data` is
-- empty. Blobs of earlier releases have no `created_at`, and are kept.
ALTER TABLE blobs ADD COLUMN bytes INTEGER;
ALTER TABLE blobs ADD COLUMN media_type TEXT NOT NULL DEFAULT 'application/octet-stream';
ALTER TABLE blobs ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE blobs ADD COLUMN sha256 TEXT;
ALTER TABLE blobs ADD COLUMN file TEXT;
ALTER TABLE blobs ADD COLUMN created_at INTEGER;

-- The sessions whose inputs or events refer to a blob.
CREATE TABLE blob_references (
  blob TEXT NOT NULL,
  session INTEGER NOT NULL,
  PRIMARY KEY (blob, session)
) STRICT, WITHOUT ROWID;
