import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Home, resolveHome } from '../../util/home.ts';
import { RevisionStore } from './revisions.ts';

let home: Home;
beforeEach(() => {
  home = resolveHome(mkdtempSync(join(tmpdir(), 'midturn-revisions-')));
});
afterEach(() => rmSync(home.root, { recursive: true }));

const about = (more: object = {}) => ({
  source: '{}',
  hash: 'abc',
  origin: 'file' as const,
  keys: ['limits.turns'],
  at: 1_700_000_000_000,
  ...more,
});
const pathOf = (number: number) => join(home.revisions, `${number}.json`);

describe('[E14] revisions', () => {
  it('are none on a new home, and reading makes nothing', () => {
    const store = new RevisionStore(home);
    expect(store.list()).toEqual([]);
    expect(store.readSource(1)).toBeUndefined();
    expect(store.findLastGood()).toBeUndefined();
    store.markRevision(1, 'good');
    expect(readdirSync(home.root)).toEqual([]);
  });

  it('are numbered, kept with their text, and found by other processes', () => {
    const store = new RevisionStore(home);
    const text = '// mine\n{ "listen": "127.0.0.1:1" }\n';
    expect(store.addRevision(about({ source: text }))).toEqual({
      number: 1,
      state: 'trial',
      hash: 'abc',
      origin: 'file',
      keys: ['limits.turns'],
      at: 1_700_000_000_000,
    });
    store.markRevision(1, 'good');
    store.addRevision(about({ origin: 'default' }));
    store.markRevision(2, 'failed', 'it crashed within 3 s');
    const other = new RevisionStore(home);
    expect(other.list()).toMatchObject([
      { number: 1, state: 'good' },
      { number: 2, state: 'failed', origin: 'default', reason: 'it crashed within 3 s' },
    ]);
    expect(other.readSource(1)).toBe(text);
    expect(other.findLastGood()).toMatchObject({ revision: { number: 1 }, source: text });
    expect(other.addRevision(about()).number).toBe(3);
  });

  it('[K4] keep nothing else that they are given, such as the secrets of a checked configuration', () => {
    const store = new RevisionStore(home);
    store.addRevision(about({ secrets: ['sk-secret'] }));
    expect(readFileSync(pathOf(1), 'utf8')).not.toContain('sk-secret');
    expect(new RevisionStore(home).readSource(1)).toBe('{}');
  });

  it('[E8] the last good one is the newest that survived, and is kept however old it is', () => {
    const store = new RevisionStore(home);
    for (let number = 1; number <= 3; number++) store.addRevision(about({ source: `// ${number}` }));
    store.markRevision(1, 'good');
    store.markRevision(2, 'good');
    for (let number = 4; number <= 60; number++) store.addRevision(about());
    expect(store.findLastGood()).toMatchObject({ revision: { number: 2 }, source: '// 2' });
    expect(store.list().map(({ number }) => number)).toEqual([
      2,
      ...Array.from({ length: 50 }, (_, index) => index + 11),
    ]);
  });

  it('takes over the words of a file that means the same', () => {
    const store = new RevisionStore(home);
    store.addRevision(about({ source: '{}' }));
    store.markRevision(1, 'good');
    store.refreshSource(1, { source: '{} // mine', hash: 'def' });
    store.refreshSource(2, { source: '{}', hash: 'abc' });
    const reader = new RevisionStore(home);
    expect(reader.list()).toMatchObject([{ number: 1, state: 'good', hash: 'def' }]);
    expect(reader.readSource(1)).toBe('{} // mine');
  });

  it('[K2] can be read by the owner only, whatever the umask', () => {
    const umask = process.umask(0);
    try {
      new RevisionStore(home).addRevision(about());
    } finally {
      process.umask(umask);
    }
    expect(statSync(home.revisions).mode & 0o777).toBe(0o700);
    expect(statSync(pathOf(1)).mode & 0o777).toBe(0o600);
  });
});

describe('a damaged store', () => {
  it.each<[string, (path: string) => void]>([
    ['empty', (path) => writeFileSync(path, '')],
    ['cut', (path) => writeFileSync(path, readFileSync(path).subarray(0, 40))],
    ['not UTF-8', (path) => writeFileSync(path, Uint8Array.of(0xff, 0xfe))],
    ['of another text', (path) => writeFileSync(path, readFileSync(path, 'utf8').replace('// b', '// x'))],
    ['of another number', (path) => writeFileSync(path, readFileSync(pathOf(1)))],
    ['of another shape', (path) => writeFileSync(path, '{"revision": {"number": 2}}')],
    ['gone', (path) => rmSync(path)],
    [
      'a folder',
      (path) => {
        rmSync(path);
        mkdirSync(path);
      },
    ],
  ])('costs only the revision whose file is %s', (_, damage) => {
    const store = new RevisionStore(home);
    for (const source of ['// a', '// b', '// c']) store.addRevision(about({ source }));
    store.markRevision(1, 'good');
    store.markRevision(2, 'good');
    damage(pathOf(2));
    const reader = new RevisionStore(home);
    expect(reader.list().map(({ number }) => number)).toEqual([1, 3]);
    expect(reader.readSource(2)).toBeUndefined();
    expect(reader.findLastGood()).toMatchObject({ source: '// a' });
    expect(reader.addRevision(about()).number).toBe(4);
  });

  it('passes over what does not belong to it, and clears what a killed writer left', () => {
    mkdirSync(home.revisions, { recursive: true });
    for (const name of ['notes.txt', '0.json', '-1.json', '1e3.json', '.7.json.99.tmp']) {
      writeFileSync(join(home.revisions, name), 'x');
    }
    expect(new RevisionStore(home).addRevision(about()).number).toBe(1);
    expect(readdirSync(home.revisions).sort()).toEqual([
      '-1.json',
      '0.json',
      '1.json',
      '1e3.json',
      'notes.txt',
    ]);
  });

  it('that cannot be written goes on in memory, says so, and is written with the next change', () => {
    const failures: unknown[] = [];
    const store = new RevisionStore(home, (error) => failures.push(error));
    writeFileSync(home.state, 'in the way');
    store.addRevision(about({ source: '// a' }));
    store.markRevision(1, 'good');
    expect(store.addRevision(about()).number).toBe(2);
    expect(store.findLastGood()).toMatchObject({ source: '// a' });
    expect(failures).toHaveLength(3);
    expect(new RevisionStore(home).list()).toEqual([]);
    rmSync(home.state);
    store.markRevision(2, 'failed', 'no');
    expect(failures).toHaveLength(3);
    expect(new RevisionStore(home).list()).toMatchObject([
      { state: 'good' },
      { state: 'failed', reason: 'no' },
    ]);
  });
});
