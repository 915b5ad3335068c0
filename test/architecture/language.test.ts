import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { badWords, doubleNames } from './language.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const src = fileURLToPath(new URL('../../src', import.meta.url));
const bad = fileURLToPath(new URL('./fixtures/dialect', import.meta.url));

const PROSE = ['{src,test,bench,scripts}/**/*.ts', '*.md', 'docs/**/*.md', 'bench/*.md'];

describe('the language', () => {
  it('has none of the words that plain technical English has a better word for', () => {
    const files = badWords(root, PROSE).filter(({ file }) => !file.includes('fixtures/dialect'));
    expect(files).toEqual([]);
  });

  it('is really checked: comments, texts and documents, but no names, quotations and code', () => {
    const found = badWords(bad, ['**/*.ts', '**/*.md']).map(
      ({ file, line, found }) => `${file}:${line} ${found}`,
    );
    expect(found).toEqual([
      'page.md:1 for ever',
      'words.ts:1 Whoever',
      'words.ts:1 nobody',
      'words.ts:1 any more',
      'words.ts:3 shall',
      'words.ts:3 mended',
    ]);
  });

  it('has one thing for each exported name', () => {
    expect(doubleNames(src)).toEqual([]);
    expect(doubleNames(bad).map(({ why }) => why)).toEqual(['is exported by again.ts, words.ts']);
  });
});
