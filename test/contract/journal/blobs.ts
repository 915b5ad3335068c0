import { hash } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Journal } from '../../../src/journal/journal.ts';
import { claimSession, createBatch, createBlob, createDelivery, createFile } from './given.ts';

/** A blob that is stored in its row, and one that is long enough for a file of its own. */
const SIZES = [1_000, 200_000];

/** The contract of the role Blobs. */
export function blobsContract(journal: () => Journal): void {
  it.each(SIZES)('blobs of %i bytes are read in ranges', async (size) => {
    const data = Uint8Array.from({ length: size }, (_, index) => index % 251);
    await journal().putBlob(createBlob('b', data));
    const read = async (offset: number, length: number) =>
      Array.from((await journal().readBlob('b', offset, length)) ?? []);
    expect(await read(0, size)).toEqual(Array.from(data));
    expect(await read(700, 3)).toEqual(Array.from(data.slice(700, 703)));
    expect(await read(size - 2, 100)).toEqual(Array.from(data.slice(size - 2)));
    expect(await read(size, 10)).toEqual([]);
    expect(await read(size + 10, 10)).toEqual([]);
    expect(await journal().readBlob('none', 0, 10)).toBeUndefined();
  });

  it('a blob that is stored again is replaced, and an empty one exists', async () => {
    await journal().putBlob(createBlob('b', new Uint8Array(200_000)));
    await journal().putBlob(createBlob('b', Uint8Array.of(9)));
    expect(await journal().readBlob('b', 0, 10)).toEqual(Uint8Array.of(9));
    await journal().putBlob(createBlob('empty', new Uint8Array()));
    expect(await journal().readBlob('empty', 0, 10)).toEqual(new Uint8Array());
    expect(await journal().findBlob('empty')).toMatchObject({ bytes: 0 });
  });

  it.each(SIZES)('a stream of %i bytes is stored with its size, hash, type and name', async (size) => {
    const data = new Uint8Array(size).fill(5);
    async function* pieces() {
      for (let at = 0; at < size; at += 999) yield data.subarray(at, Math.min(size, at + 999));
    }
    const about = {
      ...{ id: 'b', bytes: size, mediaType: 'image/png', name: 'b.png' },
      sha256: hash('sha256', data, 'hex'),
    };
    expect(await journal().putBlob(createBlob('b', pieces()))).toEqual(about);
    expect(await journal().findBlob('b')).toEqual(about);
    expect(await journal().findBlob('none')).toBeUndefined();
  });

  it.each(SIZES)('[A10] nothing is visible of a stream that fails after %i bytes', async (size) => {
    async function* broken() {
      yield new Uint8Array(size);
      throw new Error('the sender left');
    }
    await expect(journal().putBlob(createBlob('b', broken()))).rejects.toThrow('the sender left');
    expect(await journal().findBlob('b')).toBeUndefined();
    expect(await journal().readBlob('b', 0, 1)).toBeUndefined();
  });

  it('[A10] an input whose file is not stored is refused, and stores nothing', async () => {
    const input = { kind: 'message', id: 'a', content: [createFile('gone')], mode: 'steer' } as const;
    const delivery = createDelivery('s', 'a', { input: { ...input, content: [...input.content] } });
    await expect(journal().deliver(delivery)).rejects.toMatchObject({ code: 'blob_not_found' });
    expect(await journal().findSession('s')).toBeUndefined();
    await journal().putBlob(createBlob('gone', Uint8Array.of(1)));
    expect(await journal().deliver(delivery)).toMatchObject({ duplicate: false });
  });

  it('a blob is kept while an input or an event refers to it', async () => {
    const { deliver, putBlob, removeUnusedBlobs, hasBlob, findBlob } = journal();
    for (const id of ['of-input', 'of-event', 'of-output', 'unused', 'fresh']) {
      await putBlob(createBlob(id, new Uint8Array(100_000), id === 'fresh' ? 5_000 : 1_000));
    }
    const content = [createFile('of-input')];
    await deliver(createDelivery('t', 'a', { input: { kind: 'message', id: 'a', content, mode: 'steer' } }));
    const generation = await claimSession(journal(), 's');
    const drawn = { type: 'model_call_finished', step: 1, content: [createFile('of-event')] } as const;
    const events = [
      { ...drawn, content: [...drawn.content], finish: 'stop', seq: 1, at: 1_000 },
      {
        ...({ type: 'tool_call_finished', call: '1.1', output: { type: 'text', value: 'short' } } as const),
        ...{ blob: { id: 'of-output', bytes: 100_000 }, seq: 2, at: 1_000 },
      },
    ];
    await journal().append(createBatch('s', generation, { events }));
    expect(await removeUnusedBlobs(2_000)).toBe(1);
    expect(await removeUnusedBlobs(2_000)).toBe(0);
    expect(await findBlob('unused')).toBeUndefined();
    expect(await journal().readBlob('unused', 0, 1)).toBeUndefined();
    for (const id of ['of-input', 'of-event', 'of-output', 'fresh']) {
      expect(await journal().readBlob(id, 0, 1), id).toEqual(Uint8Array.of(0));
    }
    const seen = await Promise.all(
      [
        ['s', 'of-event'],
        ['s', 'of-output'],
        ['t', 'of-input'],
        ['s', 'of-input'],
        ['none', 'of-input'],
      ].map(([session = '', id = '']) => hasBlob(session, id)),
    );
    expect(seen).toEqual([true, true, true, false, false]);
  });
}
