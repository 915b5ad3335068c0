import type { Blobs } from '../blobs.ts';

export function createMemoryBlobs(): Blobs {
  const blobs = new Map<string, Uint8Array>();
  return {
    async putBlob(id, data) {
      blobs.set(id, data.slice());
    },
    readBlob: async (id, offset, length) => blobs.get(id)?.slice(offset, offset + length),
  };
}
