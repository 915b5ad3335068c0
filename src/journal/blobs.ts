/** Large values that events refer to by id, such as the whole output of a tool call. */
export interface Blobs {
  /** Stores a blob, durably; a blob that is stored again is replaced. */
  putBlob(id: string, data: Uint8Array): Promise<void>;
  /**
   * Resolves with the bytes `[offset, offset + length)` of a blob, or with `undefined` when there is no such
   * blob.
   */
  readBlob(id: string, offset: number, length: number): Promise<Uint8Array | undefined>;
}
