import type { Content } from '../core/model/message.ts';
import { isBlank } from '../core/model/text.ts';
import { BlobNotFoundError } from '../errors/sessions.ts';
import type { Blobs, StoredBlob } from '../journal/blobs.ts';
import { storeFile, toFilePart } from '../journal/store-file.ts';
import type { NewMessage, OpenFile } from './sessions.ts';

/** Bytes that are read at once from a blob that a client downloads. */
const CHUNK = 256 * 1024;

/**
 * Returns the content of a new message: its texts without blank ones, and its files with what the store knows of them.
 * Files that come inline are stored first. Rejects with BlobNotFoundError and AttachmentTooLargeError.
 */
export async function resolveContent(
  blobs: Pick<Blobs, 'putBlob' | 'findBlob'>,
  message: NewMessage,
  limit: number,
  at: number,
): Promise<Content> {
  if ('text' in message) return [{ type: 'text', text: message.text }];
  const content: Content = [];
  for (const part of message.content) {
    if (part.type === 'text') {
      if (!isBlank(part.text)) content.push({ type: 'text', text: part.text });
    } else if ('blob' in part) {
      const found = await blobs.findBlob(part.blob);
      if (!found) throw new BlobNotFoundError(part.blob);
      content.push(toFilePart(found));
    } else {
      const { data, name, mediaType } = part;
      content.push(toFilePart(await storeFile(blobs, { data, name, mediaType }, limit, at)));
    }
  }
  return content;
}

/** Opens a file of a session. Rejects with BlobNotFoundError when no input or event of the session refers to it. */
export async function openFile(
  blobs: Pick<Blobs, 'findBlob' | 'hasBlob' | 'readBlob'>,
  session: string,
  id: string,
): Promise<OpenFile> {
  const found = (await blobs.hasBlob(session, id)) ? await blobs.findBlob(id) : undefined;
  if (!found) throw new BlobNotFoundError(id, session);
  return { ...found, read: () => readPieces(blobs, found) };
}

async function* readPieces(
  blobs: Pick<Blobs, 'readBlob'>,
  { id, bytes }: StoredBlob,
): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes; offset += CHUNK) {
    const piece = await blobs.readBlob(id, offset, Math.min(CHUNK, bytes - offset));
    if (!piece) return;
    yield piece;
  }
}
