import { expect, it } from 'vitest';
import type { Journal } from '../../../src/journal/journal.ts';

/** The contract of the role Blobs. */
export function blobsContract(journal: () => Journal): void {
  it('blobs are read in ranges', async () => {
    const data = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
    await journal().putBlob('b', data);
    const read = async (offset: number, length: number) =>
      Array.from((await journal().readBlob('b', offset, length)) ?? []);
    expect(await read(0, 100_000)).toEqual(Array.from(data));
    expect(await read(70_000, 3)).toEqual(Array.from(data.slice(70_000, 70_003)));
    expect(await read(99_998, 100)).toEqual(Array.from(data.slice(99_998)));
    expect(await read(100_000, 10)).toEqual([]);
    expect(await journal().readBlob('none', 0, 10)).toBeUndefined();
  });

  it('a blob that is stored again is replaced, and an empty one exists', async () => {
    await journal().putBlob('b', Uint8Array.of(1, 2, 3));
    await journal().putBlob('b', Uint8Array.of(9));
    expect(await journal().readBlob('b', 0, 10)).toEqual(Uint8Array.of(9));
    await journal().putBlob('empty', new Uint8Array());
    expect(await journal().readBlob('empty', 0, 10)).toEqual(new Uint8Array());
  });
}
