import type { DatabaseSync } from 'node:sqlite';
import type { Blobs } from '../../blobs.ts';
import { type Write, type WriteResult, writeDone } from './result.ts';

/** Message to the writer thread: store this blob. */
export interface BlobOperation {
  kind: 'blob';
  id: string;
  data: Uint8Array;
}

export interface BlobStatements {
  blobs: ReturnType<typeof prepareBlobWriter>;
}

export function createBlobs(write: Write<BlobOperation>, db: DatabaseSync): Blobs {
  const range = db.prepare("SELECT coalesce(substr(data, ?, ?), x'') AS data FROM blobs WHERE id = ?");
  return {
    async putBlob(id, data) {
      await write({ kind: 'blob', id, data });
    },
    async readBlob(id, offset, length) {
      const data = range.get(offset + 1, length, id)?.['data'];
      return data instanceof Uint8Array ? data : undefined;
    },
  };
}

export function prepareBlobWriter(db: DatabaseSync) {
  return {
    put: db.prepare(
      'INSERT INTO blobs (id, data) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data',
    ),
  };
}

export function executeBlob({ blobs }: BlobStatements, { id, data }: BlobOperation): WriteResult {
  blobs.put.run(id, data);
  return writeDone();
}
