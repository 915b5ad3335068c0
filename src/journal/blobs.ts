/**
 * Large values that events refer to by id: files of messages and answers, and whole outputs of tool calls. A blob is
 * visible only once all its bytes are on disk. It is kept while an input or an event refers to it.
 */
export interface Blobs {
  /**
   * Stores a blob, durably; a blob that is stored again is replaced. Rejects with JournalUnavailableError, or with the
   * error of `data`; then nothing of it is visible.
   */
  putBlob(blob: NewBlob): Promise<StoredBlob>;
  findBlob(id: string): Promise<StoredBlob | undefined>;
  /** Returns whether an input or an event of the session refers to the blob. */
  hasBlob(session: string, id: string): Promise<boolean>;
  /**
   * Resolves with the bytes `[offset, offset + length)` of a blob, or with `undefined` when there is no such
   * blob.
   */
  readBlob(id: string, offset: number, length: number): Promise<Uint8Array | undefined>;
  /**
   * Removes the blobs that were stored before a time, in milliseconds since the epoch, and that nothing refers to, and
   * what uploads that were interrupted before it have left behind. Resolves with the number of removed blobs. Blobs
   * of releases up to 0.2.0 are kept, because their references are not known.
   */
  removeUnusedBlobs(before: number): Promise<number>;
}

export interface NewBlob {
  id: string;
  data: Uint8Array | AsyncIterable<Uint8Array>;
  mediaType: string;
  /** A file name; empty when it has none. */
  name: string;
  /** Milliseconds since the epoch. */
  at: number;
}

export interface StoredBlob {
  id: string;
  bytes: number;
  mediaType: string;
  name: string;
  /** SHA-256 of the bytes, in hexadecimal; null for blobs of releases up to 0.2.0. */
  sha256: string | null;
}
