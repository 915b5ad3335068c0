import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
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
import { ConfigConflictError, ConfigWriteError } from '../../errors/config.ts';
import { type Home, resolveHome } from '../../util/home.ts';
import { hashSource, inspectConfig } from '../check/load.ts';
import { writeConfig } from './edit.ts';

let home: Home;
beforeEach(() => {
  home = resolveHome(mkdtempSync(join(tmpdir(), 'midturn-edit-')));
});
afterEach(() => rmSync(home.root, { recursive: true }));

const at = (path: string) => join(home.root, path);
const text = (path = home.config) => readFileSync(path, 'utf8');

describe('writing the file', () => {
  it('makes a new one that only the owner can read, and the home as well', () => {
    const fresh = resolveHome(at('not/yet'));
    writeConfig(fresh, '{}', hashSource(''));
    expect(text(fresh.config)).toBe('{}');
    expect(statSync(fresh.config).mode & 0o777).toBe(0o600);
    expect(statSync(fresh.root).mode & 0o777).toBe(0o700);
    expect(readdirSync(fresh.root)).toEqual(['midturn.jsonc']);
  });

  it('keeps the mode', () => {
    writeFileSync(home.config, '// old');
    chmodSync(home.config, 0o664);
    writeConfig(home, '// new', hashSource('// old'));
    expect(text()).toBe('// new');
    expect(statSync(home.config).mode & 0o777).toBe(0o664);
  });

  it.runIf(process.getuid?.() === 0)('keeps the owner (only root can give files away)', () => {
    writeFileSync(home.config, '// old');
    chownSync(home.config, 1234, 4321);
    writeConfig(home, '// new');
    expect(statSync(home.config)).toMatchObject({ uid: 1234, gid: 4321 });
  });

  it('follows links, also through folders and to nothing', () => {
    mkdirSync(at('real/deep'), { recursive: true });
    writeFileSync(at('real/deep/file'), '// old');
    symlinkSync('real/deep', at('folder'));
    symlinkSync('folder/file', at('link'));
    symlinkSync(at('link'), home.config);
    writeConfig(home, '// new', hashSource('// old'));
    expect(text(at('real/deep/file'))).toBe('// new');
    rmSync(at('real/deep/file'));
    writeConfig(home, '// again');
    expect(text(at('real/deep/file'))).toBe('// again');
    for (const link of [home.config, at('link'), at('folder')])
      expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readdirSync(at('real/deep'))).toEqual(['file']);
  });

  it.each<[string, () => void]>([
    ['a folder', () => mkdirSync(home.config)],
    ['a pipe', () => void execFileSync('sh', ['-c', 'mkfifo "$0"', home.config])],
    ['a link to itself', () => symlinkSync('midturn.jsonc', home.config)],
    ['a link into a folder that is not there', () => symlinkSync('no/where', home.config)],
  ])('refuses %s and leaves it', (_, make) => {
    make();
    const before = lstatSync(home.config);
    expect(() => writeConfig(home, '{}')).toThrow(ConfigWriteError);
    expect(() => writeConfig(home, '{}')).toThrow(
      /^.*midturn\.jsonc cannot be written \(.+\)\. It is as it was; check/,
    );
    expect(lstatSync(home.config).ino).toBe(before.ino);
    expect(readdirSync(home.root)).toEqual(['midturn.jsonc']);
  });
});

describe('[E11] a stale base', () => {
  it.each<[string, string | null, string]>([
    ['somebody changed it', '// theirs', '// what I saw'],
    ['only a comment', '{} // theirs', '{}'],
    ['somebody made it', '// theirs', ''],
    ['somebody deleted it', null, '// what I saw'],
  ])('is a conflict: %s', (_, present, seen) => {
    if (present !== null) writeFileSync(home.config, present);
    const write = () => writeConfig(home, '// mine', hashSource(seen));
    expect(write).toThrow(ConfigConflictError);
    expect(write).toThrow(expect.objectContaining({ code: 'config_conflict', status: 412, exitCode: 4 }));
    expect(readdirSync(home.root)).toEqual(present === null ? [] : ['midturn.jsonc']);
    if (present !== null) expect(text()).toBe(present);
  });

  it.each<[string, Uint8Array | string]>([
    ['not UTF-8', Uint8Array.of(0xff, 0xfe)],
    ['too large', `{}${' '.repeat(1024 * 1024)}`],
  ])('is the version of an empty file over one that cannot be read: %s', (_, content) => {
    writeFileSync(home.config, content);
    const { hash } = inspectConfig(home.config, 'midturn.jsonc');
    expect(() => writeConfig(home, '// mine', hashSource(''))).toThrow(ConfigConflictError);
    writeConfig(home, '// whole', hash);
    expect(text()).toBe('// whole');
    expect(() => writeConfig(home, '// again', hash)).toThrow(ConfigConflictError);
  });
});
