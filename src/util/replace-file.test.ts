import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { replaceTextFile } from './replace-file.ts';

let root: string;
let path: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'midturn-replace-'));
  path = join(root, 'file');
});
afterEach(() => rmSync(root, { recursive: true }));

it('writes a new file with exactly the wanted mode', () => {
  const umask = process.umask(0o077);
  try {
    replaceTextFile(path, 'new', { mode: 0o644 });
  } finally {
    process.umask(umask);
  }
  expect(readFileSync(path, 'utf8')).toBe('new');
  expect(statSync(path).mode & 0o777).toBe(0o644);
  expect(readdirSync(root)).toEqual(['file']);
});

it('is a new file in the place of the old one, so that readers never see half of it', () => {
  writeFileSync(path, 'old');
  chmodSync(path, 0o640);
  const before = statSync(path).ino;
  replaceTextFile(path, 'new');
  expect(statSync(path)).toMatchObject({ size: 3 });
  expect(statSync(path).ino).not.toBe(before);
});

it('leaves everything as it is when the check or the system refuses', () => {
  writeFileSync(path, 'old');
  expect(() =>
    replaceTextFile(path, 'new', {
      check: () => {
        throw new RangeError('no');
      },
    }),
  ).toThrow(RangeError);
  mkdirSync(join(root, 'folder'));
  expect(() => replaceTextFile(join(root, 'folder'), 'new')).toThrow('EISDIR');
  expect(() => replaceTextFile(join(root, 'nowhere', 'file'), 'new')).toThrow('ENOENT');
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(readdirSync(root).sort()).toEqual(['file', 'folder']);
});
