import type { DatabaseSync } from 'node:sqlite';
import type { Blobs, StoredBlob } from '../../blobs.ts';
import { BlobFiles, type BlobWriteStep } from '../store/blob-files.ts';
import { requireInteger, requireText, type StoreRow } from '../store/values.ts';
import { nothingWritten, type Write, type WriteResult, writeDone } from './result.ts';

/** Messages to the writer thread: store the row of this blob, or remove it unless something refers to it. */
export type BlobOperation =
  | ({ kind: 'blob'; data: Uint8Array; file: string | null; at: number } & StoredBlob)
  | { kind: 'remove_blob'; id: string; before: number };

export interface BlobStatements {
  blobs: ReturnType<typeof prepareBlobWriter>;
}

/** Where a journal keeps the files of long blobs; `onWrite` is for tests of crashes. */
export interface BlobFolder {
  folder: string;
  onWrite?: ((step: BlobWriteStep) => void) | undefined;
}

export function createBlobs(
  write: Write<BlobOperation>,
  db: DatabaseSync,
  { folder, onWrite }: BlobFolder,
): Blobs {
  const files = new BlobFiles(folder, onWrite);
  const sql = prepareBlobReader(db);
  const fileOf = (id: string) => sql.find.get(id)?.['file'] ?? null;
  return {
    async putBlob({ id, data, mediaType, name, at }) {
      const former = fileOf(id);
      const { bytes, sha256, data: row, file } = await files.receiveBytes(data);
      const about = { id, bytes, mediaType, name, sha256 };
      await write({ kind: 'blob', ...about, data: row ?? new Uint8Array(), file, at });
      if (typeof former === 'string') await files.removeFile(former);
      return about;
    },
    async findBlob(id) {
      const row = sql.find.get(id);
      return row && toStoredBlob(id, row);
    },
    hasBlob: async (session, id) => sql.isReferred.get(id, session) !== undefined,
    async readBlob(id, offset, length) {
      const file = fileOf(id);
      if (typeof file === 'string') return files.readRange(file, offset, length);
      const data = sql.range.get(offset + 1, length, id)?.['data'];
      return data instanceof Uint8Array ? data : undefined;
    },
    async removeUnusedBlobs(before) {
      let removed = 0;
      for (const row of sql.unused.all(before)) {
        const { duplicate } = await write({ kind: 'remove_blob', id: requireText(row['id']), before });
        if (!duplicate) removed += 1;
      }
      await files.removeOrphans((file) => sql.isNamed.get(file) !== undefined, before);
      return removed;
    },
  };
}

/** An unused blob has no references and was stored before a time; the files of removed ones become orphans. */
const UNUSED = 'created_at < ? AND NOT EXISTS (SELECT 1 FROM blob_references r WHERE r.blob = blobs.id)';

function prepareBlobReader(db: DatabaseSync) {
  return {
    range: db.prepare("SELECT coalesce(substr(data, ?, ?), x'') AS data FROM blobs WHERE id = ?"),
    find: db.prepare(
      'SELECT coalesce(bytes, length(data)) AS bytes, media_type, name, sha256, file FROM blobs WHERE id = ?',
    ),
    isReferred: db.prepare(
      'SELECT 1 FROM blob_references WHERE blob = ? AND session = (SELECT id FROM sessions WHERE name = ?)',
    ),
    unused: db.prepare(`SELECT id FROM blobs WHERE ${UNUSED} LIMIT 1000`),
    isNamed: db.prepare('SELECT 1 FROM blobs WHERE file = ?'),
  };
}

function toStoredBlob(id: string, row: StoreRow): StoredBlob {
  const sha256 = row['sha256'];
  return {
    id,
    bytes: requireInteger(row['bytes']),
    mediaType: requireText(row['media_type']),
    name: requireText(row['name']),
    sha256: typeof sha256 === 'string' ? sha256 : null,
  };
}

export function prepareBlobWriter(db: DatabaseSync) {
  return {
    put: db.prepare(
      `INSERT INTO blobs (id, data, bytes, media_type, name, sha256, file, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET data = excluded.data, bytes = excluded.bytes, media_type = excluded.media_type,
         name = excluded.name, sha256 = excluded.sha256, file = excluded.file, created_at = excluded.created_at`,
    ),
    remove: db.prepare(`DELETE FROM blobs WHERE id = ? AND ${UNUSED}`),
    exists: db.prepare('SELECT 1 FROM blobs WHERE id = ?'),
    refer: db.prepare('INSERT OR IGNORE INTO blob_references (blob, session) VALUES (?, ?)'),
  };
}

export function executeBlob({ blobs }: BlobStatements, operation: BlobOperation): WriteResult {
  const { id } = operation;
  if (operation.kind === 'remove_blob') {
    return blobs.remove.run(id, operation.before).changes > 0 ? writeDone() : nothingWritten();
  }
  const { data, bytes, mediaType, name, sha256, file, at } = operation;
  blobs.put.run(id, data, bytes, mediaType, name, sha256, file, at);
  return writeDone();
}

/** Returns a blob that is not stored among those that an input refers to; undefined when all are stored. */
export function findMissingBlob({ blobs }: BlobStatements, ids: readonly string[]): string | undefined {
  return ids.find((id) => !blobs.exists.get(id));
}

/** Notes that the session refers to these blobs. */
export function referToBlobs({ blobs }: BlobStatements, session: number, ids: readonly string[]): void {
  for (const id of ids) blobs.refer.run(id, session);
}
