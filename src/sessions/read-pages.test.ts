import { describe, expect, it } from 'vitest';
import { readPages } from './read-pages.ts';

function journalOf(count: number) {
  const asked: number[] = [];
  const read = async (after: number, limit: number) => {
    asked.push(after);
    const left = Math.max(0, Math.min(limit, count - after));
    return Array.from({ length: left }, (_, index) => ({ seq: after + index + 1 }));
  };
  return { asked, read };
}

describe('the pages of a session', () => {
  it.each([0, 1, 9, 10, 11, 25])('contain every event once and in order (%i events)', async (count) => {
    const seen: number[] = [];
    for await (const page of readPages(journalOf(count).read, { size: 10 }))
      seen.push(...page.map(({ seq }) => seq));
    expect(seen).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  });

  it('start after the position, and are never empty', async () => {
    const { read, asked } = journalOf(20);
    const pages: number[][] = [];
    for await (const page of readPages(read, { after: 10, size: 5 })) pages.push(page.map(({ seq }) => seq));
    expect(pages).toEqual([
      [11, 12, 13, 14, 15],
      [16, 17, 18, 19, 20],
    ]);
    expect(asked).toEqual([10, 15, 20]);
  });

  it('are read only when they are wanted', async () => {
    const { read, asked } = journalOf(100);
    for await (const _ of readPages(read, { size: 10 })) break;
    expect(asked).toEqual([0]);
  });

  it('let other work of the process run between them', async () => {
    let turns = 0;
    let over = false;
    const count = () => {
      turns += 1;
      if (!over) setImmediate(count);
    };
    setImmediate(count);
    for await (const _ of readPages(journalOf(100).read, { size: 10 }));
    over = true;
    expect(turns).toBeGreaterThanOrEqual(9);
  });

  it('end with the error of the read', async () => {
    const failing = readPages(async () => Promise.reject(new Error('the disk is gone')));
    await expect(failing.next()).rejects.toThrow('the disk is gone');
  });
});
