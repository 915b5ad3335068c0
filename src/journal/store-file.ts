import { randomBytes } from 'node:crypto';
import type { FilePart } from '../core/model/message.ts';
import { AttachmentTooLargeError } from '../errors/sessions.ts';
import { sanitizeFileName } from '../util/media/file-name.ts';
import { detectMediaType, MEDIA_TYPE_HEAD } from '../util/media/media-type.ts';
import type { Blobs, StoredBlob } from './blobs.ts';

/** A file on its way into the store, from a client, a tool or a model. */
export interface NewFile {
  data: Uint8Array | AsyncIterable<Uint8Array>;
  /** The sender's name for it; made safe, and replaced by one such as `file.png` when nothing of it is left. */
  name?: string | undefined;
  /** What the sender takes it for; the bytes decide, see `detectMediaType`. */
  mediaType?: string | undefined;
}

/**
 * Stores a file as a blob with a new id; it is on disk when this resolves. Rejects with AttachmentTooLargeError above
 * `limit` bytes, with JournalUnavailableError, and with the error of `data`; then nothing of it is stored.
 */
export async function storeFile(
  blobs: Pick<Blobs, 'putBlob'>,
  { data, name = '', mediaType }: NewFile,
  limit: number,
  at: number,
): Promise<StoredBlob> {
  const stream = limitBytes(data instanceof Uint8Array ? [data] : data, limit);
  const { head, whole, chunks } = await readHead(stream);
  const found = await detectMediaType(head, whole, mediaType);
  const safe = sanitizeFileName(name) || `file.${found.extension}`;
  // 128 random bits, because a client that knows the id can refer to the blob.
  const id = randomBytes(16).toString('hex');
  return blobs.putBlob({ id, data: join(chunks, stream), name: safe, mediaType: found.mediaType, at });
}

/** Returns the part of a content that names a stored blob. */
export function toFilePart({ id, mediaType, name, bytes }: StoredBlob): FilePart {
  return { type: 'file', blob: id, mediaType, name: name || 'file', bytes };
}

async function* limitBytes(
  data: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  limit: number,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of data) {
    bytes += chunk.length;
    if (bytes > limit) throw new AttachmentTooLargeError(limit);
    yield chunk;
  }
}

async function readHead(stream: AsyncGenerator<Uint8Array>) {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  let whole = false;
  while (bytes < MEDIA_TYPE_HEAD && !whole) {
    const { done, value } = await stream.next();
    if (done) whole = true;
    else {
      chunks.push(value);
      bytes += value.length;
    }
  }
  const start = Buffer.concat(chunks);
  return { head: start.subarray(0, MEDIA_TYPE_HEAD), whole: whole && bytes <= MEDIA_TYPE_HEAD, chunks };
}

async function* join(
  first: readonly Uint8Array[],
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* first;
  yield* rest;
}
