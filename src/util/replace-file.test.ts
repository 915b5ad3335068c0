import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replaceFile, replaceFileSync } from './replace-file.ts';

let root: string;
let path: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'midturn-replace-'));
  path = join(root, 'file');
});
afterEach(() => rmSync(root, { recursive: true }));

const FORMS: [string, typeof replaceFile][] = [
  ['replaceFile', replaceFile],
  ['replaceFileSync', async (...file) => replaceFileSync(...file)],
];

describe.each(FORMS)('%s', (_, replace) => {
  it('writes a new file with exactly the wanted mode', async () => {
    const umask = process.umask(0o077);
    try {
      await replace(path, 'new', { mode: 0o644 });
    } finally {
      process.umask(umask);
    }
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(statSync(path).mode & 0o777).toBe(0o644);
    expect(readdirSync(root)).toEqual(['file']);
  });

  it('puts a new file in the place of the old one, so that readers never see half of it', async () => {
    writeFileSync(path, 'old');
    chmodSync(path, 0o640);
    const before = statSync(path).ino;
    await replace(path, 'new');
    expect(statSync(path)).toMatchObject({ size: 3 });
    expect(statSync(path).ino).not.toBe(before);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('replaces a link, not the file that it leads to', async () => {
    writeFileSync(join(root, 'target'), 'kept');
    symlinkSync('target', path);
    await replace(path, 'new');
    expect([readFileSync(path, 'utf8'), readFileSync(join(root, 'target'), 'utf8')]).toEqual(['new', 'kept']);
  });

  it('accepts every name that the system accepts', async () => {
    const long = join(root, '記'.repeat(85));
    await replace(long, 'new');
    expect(readFileSync(long, 'utf8')).toBe('new');
  });

  it('leaves everything as it is when the check or the system refuses', async () => {
    writeFileSync(path, 'old');
    const check = () => {
      throw new RangeError('no');
    };
    await expect(replace(path, 'new', { check })).rejects.toThrow(RangeError);
    mkdirSync(join(root, 'folder'));
    await expect(replace(join(root, 'folder'), 'new')).rejects.toThrow('EISDIR');
    await expect(replace(join(root, 'nowhere', 'file'), 'new')).rejects.toThrow('ENOENT');
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(root).sort()).toEqual(['file', 'folder']);
  });
});
