import { hash } from 'node:crypto';
import { listEventBlobs, listInputBlobs } from '../../core/blobs.ts';
import type { Blobs } from '../blobs.ts';
import { collectBytes } from '../collect-bytes.ts';
import type { MemoryState } from './state.ts';

export function createMemoryBlobs(state: MemoryState): Blobs {
  const { blobs } = state;
  return {
    async putBlob({ id, data, mediaType, name, at }) {
      const bytes = await collectBytes(data);
      const about = { id, bytes: bytes.length, mediaType, name, sha256: hash('sha256', bytes, 'hex') };
      blobs.set(id, { about, data: bytes, at });
      return about;
    },
    findBlob: async (id) => blobs.get(id)?.about,
    hasBlob: async (session, id) => listReferences(state, session).includes(id),
    readBlob: async (id, offset, length) => blobs.get(id)?.data.slice(offset, offset + length),
    async removeUnusedBlobs(before) {
      const used = new Set([...state.sessions.keys()].flatMap((session) => listReferences(state, session)));
      const unused = [...blobs].filter(([id, { at }]) => at < before && !used.has(id));
      for (const [id] of unused) blobs.delete(id);
      return unused.length;
    },
  };
}

function listReferences({ sessions }: MemoryState, name: string): string[] {
  const session = sessions.get(name);
  if (!session) return [];
  return [
    ...session.inbox.flatMap(({ input }) => listInputBlobs(input)),
    ...session.events.flatMap(listEventBlobs),
  ];
}
